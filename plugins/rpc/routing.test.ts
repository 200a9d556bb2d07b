import { describe, expect, test } from 'vitest'
import { ProconsulError } from '../../src/kernel/errors.ts'
import { CallLostError, RemoteError, UnreachableError } from '../../src/rpc/errors.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { NoLeaderError, NoPathToDatacenterError } from '../../src/wire/cluster-errors.ts'
import type { OutgoingCall } from '../connections/contract.ts'
import type { Member } from '../gossip/contract.ts'
import type { Consensus } from '../raft/contract.ts'
import { DatacenterUnreachableError, NoServersError, RateExceededError } from './errors.ts'
import { LeaderNews } from './leader-news.ts'
import { Places } from './places.ts'
import { RateLimit } from './rate-limit.ts'
import { type RoutedCall, Routing } from './routing.ts'
import { ServerList } from './server-list.ts'

const holdMs = 7000

function server(address: string, status = 1, dc = 'dc1'): Member {
  return { name: address, address, status, tags: { role: 'consul', dc, port: '8300' } } as unknown as Member
}

/** An agent whose consensus and servers a test plays. */
class Stage {
  readonly clock = new VirtualClock()
  readonly news = new LeaderNews()
  readonly calls: OutgoingCall[] = []
  lan: Member[] = []
  wan: Member[] = []
  consensus = {
    role: 'follower',
    leader: undefined as string | undefined,
    lease: false,
    lastContactMs: 10 as number | undefined,
  }
  answer: (call: OutgoingCall) => Promise<Buffer> = async () => Buffer.from('answer')
  readonly servers = new ServerList({
    datacenter: 'dc1',
    random: seededRandom(1),
    members: (wan) => (wan ? this.wan : this.lan),
  })
  readonly places = new Places({ datacenter: 'dc1', servers: this.servers })
  readonly rateLimit = new RateLimit({ perSecond: -1, burst: 0 }, this.clock)
  readonly routing: Routing

  constructor({ keepsState = true } = {}) {
    const stage = this
    if (keepsState) {
      this.places.serve({
        get role() {
          return stage.consensus.role
        },
        get holdsReadLease() {
          return stage.consensus.lease
        },
        leader: () => (stage.consensus.leader === undefined ? undefined : { id: 'l', address: stage.consensus.leader }),
        lastContactMs: () => stage.consensus.lastContactMs,
      } as Consensus)
    }
    this.routing = new Routing({
      datacenter: 'dc1',
      places: this.places,
      servers: this.servers,
      connections: {
        call: (call) => {
          this.calls.push(call)
          return this.answer(call)
        },
        ask: () => Promise.reject(new Error('not asked')),
      },
      news: this.news,
      clock: this.clock,
      random: seededRandom(2),
      rateLimit: this.rateLimit,
      holdMs,
    })
  }

  run(call: Partial<RoutedCall<string>> = {}): Promise<string> {
    return this.routing.run({
      name: 'KVS.Get',
      kind: 'live',
      manner: { consistency: 'default', datacenter: 'dc1' },
      timeoutMs: 60_000,
      blocks: false,
      signal: new AbortController().signal,
      here: async () => 'here',
      body: () => Buffer.from('request'),
      arrived: String,
      ...call,
    })
  }

  leads(address: string | undefined): void {
    this.consensus.leader = address
    this.news.tell()
  }

  get asked(): string[] {
    return this.calls.map(({ address }) => address)
  }
}

describe('a server', () => {
  test('answers itself while it leads', async () => {
    const stage = new Stage()
    stage.consensus = { role: 'leader', leader: '10.0.0.1:8300', lease: true, lastContactMs: 0 }
    for (const kind of ['live', 'read', 'leader', 'anywhere'] as const) expect(await stage.run({ kind })).toBe('here')
    stage.consensus.lease = false
    expect(stage.places.ofRead({ consistency: 'default', datacenter: 'dc1' })).toBe('verified')
    expect(stage.places.ofRead({ consistency: 'consistent', datacenter: 'DC1' })).toBe('verified')
  })

  test('sends on to the leader what only that can answer', async () => {
    const stage = new Stage()
    stage.leads('10.0.0.2:8300')
    for (const kind of ['live', 'read', 'leader'] as const) expect(await stage.run({ kind })).toBe('answer')
    expect(stage.asked).toEqual(Array(3).fill('10.0.0.2:8300'))
    expect(await stage.run({ kind: 'anywhere' })).toBe('here')
    expect(await stage.run({ manner: { consistency: 'stale', datacenter: '' } })).toBe('here')
  })

  test('answers nothing stale before it has ever heard of a leader', async () => {
    const stage = new Stage()
    stage.consensus.lastContactMs = undefined
    stage.leads('10.0.0.2:8300')
    expect(await stage.run({ manner: { consistency: 'stale', datacenter: 'dc1' } })).toBe('answer')
  })

  test('holds a request until there is a leader', async () => {
    const stage = new Stage()
    const run = stage.run({ kind: 'leader' })
    await stage.clock.advance(3000)
    expect(stage.calls).toEqual([])
    stage.leads('10.0.0.3:8300')
    expect(await run).toBe('answer')
  })

  test('gives up when there is none for the whole hold time', async () => {
    const stage = new Stage()
    const run = stage.run()
    const refused = expect(run).rejects.toThrow('No cluster leader')
    await stage.clock.advance(holdMs + holdMs / 16)
    await refused
    expect(stage.clock.pending).toBe(0)
  })

  test('holds nothing while it leaves', async () => {
    const stage = new Stage()
    stage.routing.leave()
    await expect(stage.run()).rejects.toThrow(NoLeaderError)
  })

  test('asks any server of another datacenter, another one after a failure', async () => {
    const stage = new Stage()
    const manner = { consistency: 'default' as const, datacenter: 'DC2' }
    await expect(stage.run({ manner })).rejects.toThrow(NoPathToDatacenterError)
    stage.wan = [server('10.2.0.1', 4, 'dc2')]
    await expect(stage.run({ manner })).rejects.toThrow(DatacenterUnreachableError)
    stage.wan = [server('10.2.0.1', 1, 'dc2'), server('10.2.0.2', 1, 'dc2')]
    stage.answer = async ({ address }) => {
      if (stage.calls.length === 1) throw new UnreachableError(address, 'refused')
      return Buffer.from('answer')
    }
    const run = stage.run({ manner, kind: 'leader' })
    await stage.clock.advance(0)
    await stage.clock.advance(holdMs / 16)
    expect(await run).toBe('answer')
    expect([...stage.asked].sort()).toEqual(['10.2.0.1:8300', '10.2.0.2:8300'])
  })
})

describe('a call that failed', () => {
  const outcomes = [
    ['was never sent', new UnreachableError('a', 'refused'), true, true],
    ['was refused for want of a leader', new RemoteError('No cluster leader'), true, true],
    [
      'met a leader who hands over',
      new RemoteError('leadership transfer in progress: nothing was written'),
      true,
      true,
    ],
    ['got no answer', new CallLostError('EOF'), true, false],
    ['was refused', new RemoteError('Permission denied'), false, false],
    ['broke something', new Error('bug'), false, false],
  ] as const

  test.for(outcomes)('because it %s', async ([, error, readAgain, writeAgain]) => {
    for (const [kind, again] of [
      ['live', readAgain],
      ['leader', writeAgain],
    ] as const) {
      const stage = new Stage()
      stage.leads('10.0.0.2:8300')
      stage.answer = async () => {
        if (stage.calls.length === 1) throw error
        return Buffer.from('answer')
      }
      const run = stage.run({ kind }).catch((thrown: unknown) => thrown)
      await stage.clock.advance(0)
      await stage.clock.advance(holdMs / 16)
      expect(await run).toBe(again ? 'answer' : error)
    }
  })

  test('after it waited for long is held from then on', async () => {
    const stage = new Stage()
    stage.leads('10.0.0.2:8300')
    stage.answer = async () => {
      if (stage.calls.length > 1) return Buffer.from('answer')
      await new Promise<void>((resolve) => stage.clock.after(100_000, resolve))
      throw new CallLostError('EOF')
    }
    const run = stage.run({ blocks: true })
    await stage.clock.advance(0)
    await stage.clock.advance(100_000)
    await stage.clock.advance(holdMs / 16)
    expect(await run).toBe('answer')
  })

  test('is not made again for a caller who has gone', async () => {
    const stage = new Stage()
    const gone = new AbortController()
    const run = stage.run({ signal: gone.signal })
    await stage.clock.advance(1)
    gone.abort(new ProconsulError('gone'))
    await expect(run).rejects.toThrow('gone')
    expect(stage.clock.pending).toBe(0)
  })
})

describe('a write whose client goes away', () => {
  test('is not made any more when it was held', async () => {
    const stage = new Stage()
    const gone = new AbortController()
    const write = expect(stage.run({ kind: 'leader', holder: { signal: gone.signal } })).rejects.toThrow('gone')
    await stage.clock.advance(100)
    gone.abort(new ProconsulError('gone'))
    await write
    stage.leads('10.0.0.2:8300')
    await stage.clock.advance(holdMs)
    expect([stage.calls, stage.clock.pending]).toEqual([[], 0])
  })

  test('is waited for once it is under way: nobody knows whether it was done', async () => {
    const stage = new Stage()
    stage.leads('10.0.0.2:8300')
    const gone = new AbortController()
    stage.answer = ({ signal }) =>
      new Promise((resolve, reject) => {
        signal!.addEventListener('abort', () => reject(signal!.reason))
        stage.clock.after(100, () => resolve(Buffer.from('done')))
      })
    const write = stage.run({ kind: 'leader', holder: { signal: gone.signal } })
    await stage.clock.advance(1)
    gone.abort(new ProconsulError('gone'))
    await stage.clock.advance(100)
    expect(await write).toBe('done')
  })
})

describe('a call under way', () => {
  test('is taken from a leader who hangs, and put to the next', async () => {
    const stage = new Stage()
    stage.leads('10.0.0.2:8300')
    stage.answer = ({ address, signal }) =>
      address === '10.0.0.3:8300'
        ? Promise.resolve(Buffer.from('answer'))
        : new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason)))
    const reads = [stage.run(), stage.run({ blocks: true, kind: 'live' })]
    const write = expect(stage.run({ kind: 'leader' })).rejects.toThrow(CallLostError)
    await stage.clock.advance(1000)
    stage.leads(undefined)
    await stage.clock.advance(1000)
    expect(stage.calls).toHaveLength(3)
    stage.leads('10.0.0.3:8300')
    await stage.clock.advance(holdMs / 8)
    expect(await Promise.all(reads)).toEqual(['answer', 'answer'])
    await write
    expect(stage.clock.pending).toBe(0)
  })

  test('may still be answered by a leader who was replaced meanwhile', async () => {
    const stage = new Stage()
    stage.leads('10.0.0.2:8300')
    stage.answer = () => new Promise((resolve) => stage.clock.after(100, () => resolve(Buffer.from('late'))))
    const write = stage.run({ kind: 'leader' })
    await stage.clock.advance(10)
    stage.leads('10.0.0.3:8300')
    await stage.clock.advance(100)
    expect(await write).toBe('late')
    expect(stage.clock.pending).toBe(0)
  })
})

describe('a client agent', () => {
  test('asks one server after the other', async () => {
    const stage = new Stage({ keepsState: false })
    await expect(stage.run()).rejects.toThrow(NoServersError)
    stage.lan = [server('10.0.0.1'), server('10.0.0.2'), server('10.0.0.3', 4), server('10.0.0.4', 1, 'dc2')]
    for (const kind of ['live', 'leader', 'anywhere'] as const) expect(await stage.run({ kind })).toBe('answer')
    expect(new Set(stage.asked).size).toBe(1)
    stage.answer = async () => {
      throw new RemoteError('Permission denied')
    }
    await expect(stage.run()).rejects.toThrow('Permission denied')
    stage.answer = async () => Buffer.from('answer')
    await stage.run()
    expect(new Set(stage.asked).size).toBe(2)
    expect(stage.asked.at(-1)).not.toBe(stage.asked[0])
  })

  test('refuses what is more than its rate, without asking anybody; servers have none', async () => {
    const stage = new Stage({ keepsState: false })
    stage.lan = [server('10.0.0.1'), server('10.0.0.2')]
    stage.rateLimit.rate = { perSecond: 1, burst: 2 }
    for (const kind of ['live', 'leader'] as const) expect(await stage.run({ kind })).toBe('answer')
    await expect(stage.run()).rejects.toThrow(RateExceededError)
    expect(stage.calls).toHaveLength(2)
    expect(stage.servers.pick()).toBe(stage.asked[1])
    expect(stage.routing.clientCalls).toEqual({ tried: 3, exceeded: 1, failed: 0 })
    await stage.clock.advance(1000)
    expect(await stage.run()).toBe('answer')

    const held = new Stage()
    held.leads('10.0.0.2:8300')
    held.rateLimit.rate = { perSecond: 0, burst: 0 }
    expect(await held.run()).toBe('answer')
  })

  test('forgets servers that went and takes in those that came', () => {
    const stage = new Stage({ keepsState: false })
    stage.lan = [server('10.0.0.1')]
    expect(stage.servers.pick()).toBe('10.0.0.1:8300')
    stage.lan = [server('fd00::2')]
    expect(stage.servers.pick()).toBe('[fd00::2]:8300')
    stage.lan = ['1', '2', '3', '4'].map((last) => server(`10.0.0.${last}`))
    expect(stage.servers.size).toBe(4)
    stage.servers.shuffle('10.0.0.3:8300')
    expect(stage.servers.pick()).toBe('10.0.0.3:8300')
  })
})
