import { describe, expect, test } from 'vitest'
import { ProconsulError } from '../../src/kernel/errors.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import type { Member } from '../gossip/contract.ts'
import type { Consensus } from '../raft/contract.ts'
import { member, server, wellSettings } from './autopilot.fixture.ts'
import { AutopilotDuty } from './duty.ts'

class NotNowError extends ProconsulError {
  override readonly code = 'not_now'
}

/** The leader `a` of three servers, which sees these members. */
function leader(members: Member[], remove: (id: string) => Promise<void>) {
  const duty = new AutopilotDuty({
    consensus: {
      configuration: () => ({ index: 1, servers: ['a', 'b', 'c'].map((id) => server(id)) }),
      removeServer: remove,
    } as Partial<Consensus> as Consensus,
    members: { list: () => members, forceLeave: async () => {} },
    settings: () => wellSettings,
    begin: async () => {},
    askStats: async () => undefined,
    askPeers: async () => [],
    datacenter: 'dc1',
    self: 'a',
    fingerprint: 'ours',
    clock: new VirtualClock(),
    log: { info() {}, warn() {}, error() {} } as never,
  })
  const { signal } = new AbortController()
  return (id: string, name = `node-${id}`) => duty.gone({ name, id, signal })
}

describe('a node that goes from the catalog', () => {
  test('is out of Raft before, when it is a server', async () => {
    const removed: string[] = []
    let finish = () => {}
    const gone = leader([member('a'), member('b'), member('c', { status: 3 })], async (id) => {
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      removed.push(id)
    })
    let over = false
    const done = gone('c').then(() => {
      over = true
    })
    await new Promise(setImmediate)
    expect([over, removed]).toEqual([false, []])
    finish()
    await done
    expect(removed).toEqual(['c'])
  })

  test('stays when it cannot be taken out now', async () => {
    const gone = leader([member('a'), member('c', { status: 3 })], async () => {
      throw new NotNowError('another change is under way')
    })
    await expect(gone('c')).rejects.toThrow('another change is under way')
  })

  test('stays while it is a server that gossip has not heard of: a leader just started has met nobody yet', async () => {
    const gone = leader([member('a')], async () => {
      throw new Error('nobody was to be removed')
    })
    await expect(gone('c')).rejects.toThrow('node-c is a server of this cluster that gossip has not heard of')
  })

  test.for([
    ['that is no server', 'x', []],
    ['that is the leader itself', 'a', []],
    ['that is back', 'b', [member('b')]],
    ['whose id goes on under another name', 'b', [member('b', { name: 'renamed' })]],
  ] as const)('%s changes nothing', async ([, id, others]) => {
    const gone = leader([member('a'), ...others], async () => {
      throw new Error('nobody was to be removed')
    })
    await gone(id)
  })
})
