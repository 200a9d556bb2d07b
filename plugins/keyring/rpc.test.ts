import { describe, expect, test } from 'vitest'
import { KeyringRequest, KeyringResponse, KeyringResponses } from '../../src/wire/structs/keyring.ts'
import type { KeyringRequest as Asked, KeyringAnswer, Members } from '../gossip/contract.ts'
import type { CallContext, Rpc } from '../rpc/contract.ts'
import { addKeyringMethods } from './rpc.ts'

const server = (dc: string) => ({ role: 'consul', dc, port: '8300', vsn: '2', build: '1.10.12:' })
const wan = [
  { name: 'a.dc1', tags: server('dc1') },
  { name: 'b.dc3', tags: server('dc3') },
  { name: 'c.dc2', tags: server('dc2') },
  { name: 'd.dc2', tags: server('dc2') },
]

/** A server of dc1, with what it asked its own members and other datacenters for. */
function serverOf() {
  const own: Asked[] = []
  const elsewhere: KeyringRequest[] = []
  const answer = (pool: 'lan' | 'wan'): KeyringAnswer => ({
    pool,
    datacenter: 'dc1',
    messages: {},
    keys: { k: 1 },
    primaryKeys: { k: 1 },
    memberCount: 1,
    error: '',
  })
  const members = {
    list: () => wan,
    keyring: async (asked: Asked) => {
      own.push(asked)
      return asked.lanOnly ? [answer('lan')] : [answer('wan'), answer('lan')]
    },
  } as unknown as Members
  const rpc = {
    call: async (_method: unknown, request: KeyringRequest) => {
      elsewhere.push(request)
      const Responses = [{ ...KeyringResponse.zero(), Datacenter: request.Datacenter }]
      return { ...KeyringResponses.zero(), Responses }
    },
  } as unknown as Rpc
  let run: (request: KeyringRequest, context: CallContext) => unknown = () => undefined
  const add = (_method: unknown, _place: unknown, added: typeof run) => {
    run = added
  }
  addKeyringMethods({ reads: () => {}, add } as never, { members, rpc, datacenter: 'dc1' })
  const ask = async (request: Partial<KeyringRequest>) => {
    const context = { signal: new AbortController().signal }
    const reply = (await run({ ...KeyringRequest.zero(), ...request }, context)) as KeyringResponses
    return (reply.Responses ?? []).map(({ WAN, Datacenter }) => `${WAN ? 'WAN' : 'LAN'} ${Datacenter}`)
  }
  return { own, elsewhere, ask }
}

describe('a keyring operation', () => {
  test('covers the own pools and the LAN pool of every other datacenter, once each', async () => {
    const { own, elsewhere, ask } = serverOf()
    const answered = await ask({ Operation: 'install', Key: 'k', RelayFactor: 2 })
    expect(answered).toEqual(['WAN dc1', 'LAN dc1', 'LAN dc2', 'LAN dc3'])
    expect(own).toEqual([{ operation: 'install', key: 'k', relayFactor: 2, lanOnly: false }])
    expect(elsewhere.map(({ Datacenter, Forwarded, Key }) => [Datacenter, Forwarded, Key])).toEqual([
      ['dc2', true, 'k'],
      ['dc3', true, 'k'],
    ])
  })

  test.for([
    ['that another datacenter passed on', { Forwarded: true }],
    ['of this datacenter only', { LocalOnly: true }],
  ] as const)('%s stays in the LAN pool', async ([, how]) => {
    const { elsewhere, ask } = serverOf()
    expect(await ask({ Operation: 'list', ...how })).toEqual(['LAN dc1'])
    expect(elsewhere).toEqual([])
  })

  test('that nobody knows, or that may not be local, is refused', async () => {
    const { ask } = serverOf()
    await expect(ask({ Operation: 'shred' })).rejects.toThrow('unknown keyring operation "shred"')
    await expect(ask({ Operation: 'use', LocalOnly: true })).rejects.toThrow(
      'argument error: LocalOnly can only be used for List operations',
    )
  })
})
