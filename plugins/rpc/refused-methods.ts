import type { ProconsulError } from '../../src/kernel/errors.ts'
import { type Message, struct, text } from '../../src/wire/schema.ts'
import { AclMethodError, ConnectMethodError } from './errors.ts'
import type { Methods } from './method-table.ts'

/*
 * Methods of Consul that no plugin of ours carries out. Agents of Consul call some of them by themselves and know what to
 * make of these errors, while an unknown method has them close the stream (protocol/servers.md §6.5, §6.7).
 */

const acl = methodsOf(
  'ACL',
  `Apply Authorize AuthMethodDelete AuthMethodList AuthMethodRead AuthMethodSet BindingRuleDelete BindingRuleList
  BindingRuleRead BindingRuleSet Bootstrap BootstrapTokens Get GetPolicy List Login Logout PolicyBatchRead PolicyDelete
  PolicyList PolicyRead PolicyResolve PolicySet ReplicationStatus RoleBatchRead RoleDelete RoleList RoleRead RoleResolve
  RoleSet TokenBatchRead TokenClone TokenDelete TokenList TokenRead TokenSet`,
)

const mesh = [
  ...methodsOf('ConfigEntry', 'Apply Delete Get List ListAll ResolveServiceConfig'),
  ...methodsOf('ConnectCA', 'ConfigurationGet ConfigurationSet Roots Sign SignIntermediate'),
  ...methodsOf('DiscoveryChain', 'Get'),
  ...methodsOf('FederationState', 'Apply Get List ListMeshGateways'),
  ...methodsOf('Intention', 'Apply Check Get List Match'),
  ...methodsOf('Internal', 'IntentionUpstreams'),
]

/** Adds those that no plugin has added. Another server may know better: they go to the leader, and only that refuses. */
export function addRefusedMethods(methods: Methods): void {
  const refuse = (names: readonly string[], error: () => ProconsulError) => {
    for (const name of names) {
      if (methods.has(name)) continue
      methods.add({ name, request: Addressed, reply: Addressed }, 'leader', () => {
        throw error()
      })
    }
  }
  refuse(acl, () => new AclMethodError())
  refuse(mesh, () => new ConnectMethodError())
}

function methodsOf(service: string, names: string): string[] {
  return names.split(/\s+/).map((name) => `${service}.${name}`)
}

const Datacentered = struct('Addressed', { Datacenter: text() })

/** All that has to be known of a request to pass it on. One within a raw string says it inside, and stays here. */
const Addressed: Message<{ Datacenter: string }> = {
  ...Datacentered,
  decode: (bytes) => (isMap(bytes) ? Datacentered.decode(bytes) : Datacentered.zero()),
}

/** fixmap, map16 or map32. */
function isMap(bytes: Buffer): boolean {
  const first = bytes[0] ?? 0
  return (first & 0xf0) === 0x80 || first === 0xde || first === 0xdf
}
