/** Serf's states, as numbers on the wire and in `/v1/agent/members`. */
export const memberStatus = { none: 0, alive: 1, leaving: 2, left: 3, failed: 4 } as const
export type MemberStatus = (typeof memberStatus)[keyof typeof memberStatus]

/** One agent of the cluster as gossip knows it. */
export interface Member {
  readonly name: string
  readonly address: string
  /** The gossip port. */
  readonly port: number
  readonly tags: Readonly<Record<string, string>>
  readonly status: MemberStatus
  readonly protocol: { readonly min: number; readonly max: number; readonly current: number }
  readonly delegate: { readonly min: number; readonly max: number; readonly current: number }
}

export interface MemberChange {
  readonly kind: 'join' | 'leave' | 'failed' | 'update' | 'reap'
  readonly member: Member
}

/** Who is in the cluster. */
export interface Members {
  /** Members of the LAN pool, this agent included; of the WAN pool with `wan`. */
  list(wan?: boolean): readonly Member[]
  /** This agent. */
  self(): Member
  /** A member in Consul's field names, as every answer that shows one does. */
  describe(member: Member): MemberDescription
}

/** A member as `/v1/agent/members` and `/v1/agent/self` show it. */
export interface MemberDescription {
  readonly Name: string
  readonly Addr: string
  readonly Port: number
  readonly Tags: Readonly<Record<string, string>>
  readonly Status: MemberStatus
  readonly ProtocolMin: number
  readonly ProtocolMax: number
  readonly ProtocolCur: number
  readonly DelegateMin: number
  readonly DelegateMax: number
  readonly DelegateCur: number
}

declare module '../../src/kernel/services.ts' {
  interface Services {
    members: Members
  }
}

declare module '../../src/kernel/hooks.ts' {
  interface Payloads {
    memberChange: MemberChange
  }
}
