import type { Member, MemberDescription } from './contract.ts'

/** A member in Consul's field names. */
export function describeMember(member: Member): MemberDescription {
  const { name, address, port, tags, status, protocol, delegate } = member
  return {
    Name: name,
    Addr: address,
    Port: port,
    Tags: tags,
    Status: status,
    ProtocolMin: protocol.min,
    ProtocolMax: protocol.max,
    ProtocolCur: protocol.current,
    DelegateMin: delegate.min,
    DelegateMax: delegate.max,
    DelegateCur: delegate.current,
  }
}
