import { method } from '../../src/rpc/method.ts'
import { readServerMember } from '../../src/rules/server-member.ts'
import { KeyringRequest, type KeyringResponse, KeyringResponses } from '../../src/wire/structs/keyring.ts'
import type { KeyringAnswer, Members } from '../gossip/contract.ts'
import type { MethodTable, Rpc } from '../rpc/contract.ts'
import { KeyringOperationError } from './errors.ts'

/** Lists or changes the keys of the server's own pools, and of the LAN pool of every other datacenter. */
export const keyringOperation = method({
  name: 'Internal.KeyringOperation',
  request: KeyringRequest,
  reply: KeyringResponses,
})

export interface KeyringMethodsSetup {
  readonly members: Members
  readonly rpc: Rpc
  readonly datacenter: string
}

/** Runs on the server that is asked, leader or not: what the members answer is the same everywhere. */
export function addKeyringMethods(methods: MethodTable, { members, rpc, datacenter }: KeyringMethodsSetup): void {
  methods.add(keyringOperation, 'anywhere', async (request, { signal }) => {
    const operation = operationOf(request.Operation)
    if (request.LocalOnly && operation !== 'list') {
      throw new KeyringOperationError('argument error: LocalOnly can only be used for List operations')
    }
    const lanOnly = request.LocalOnly || request.Forwarded
    const { Key: key, RelayFactor: relayFactor } = request
    const own = await members.keyring({ operation, key, relayFactor, lanOnly })
    const responses = own.map(responseOf)
    if (!lanOnly) {
      const forwarded = { ...request, Forwarded: true }
      const elsewhere = await Promise.all(
        otherDatacenters(members, datacenter).map((Datacenter) =>
          rpc.call(keyringOperation, { ...forwarded, Datacenter }, signal),
        ),
      )
      responses.push(...elsewhere.flatMap(({ Responses }) => Responses ?? []))
    }
    return { ...KeyringResponses.zero(), Responses: responses }
  })
}

function operationOf(name: string) {
  if (name === 'list' || name === 'install' || name === 'use' || name === 'remove') return name
  throw new KeyringOperationError(`unknown keyring operation ${JSON.stringify(name)}`)
}

/** Those that have a server in the WAN pool. */
function otherDatacenters(members: Members, own: string): string[] {
  const names = members.list(true).map(({ name, tags }) => readServerMember(name, tags)?.datacenter)
  return [...new Set(names)].filter((name) => name !== undefined && name !== own).sort() as string[]
}

function responseOf(answer: KeyringAnswer): KeyringResponse {
  const { pool, datacenter, messages, keys, primaryKeys, memberCount, error } = answer
  return {
    WAN: pool === 'wan',
    Datacenter: datacenter,
    Segment: '',
    Messages: messages,
    Keys: keys,
    PrimaryKeys: primaryKeys,
    NumNodes: memberCount,
    Error: error,
  }
}
