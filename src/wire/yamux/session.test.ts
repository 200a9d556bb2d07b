import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ProconsulError } from '../../kernel/errors.ts'
import { VirtualClock } from '../../testing/virtual-clock.ts'
import { encodeHeader, flag, frameType, windowBytes } from './frame.ts'
import { YamuxSession, yamuxLimits } from './session.ts'
import type { StreamHandler, YamuxStream } from './stream.ts'

/** What one stream heard. Consumes at once unless told otherwise. */
class Ear implements StreamHandler {
  bytes = Buffer.alloc(0)
  isEnded = false
  error: ProconsulError | undefined
  stream: YamuxStream | undefined
  readonly #greedy: boolean

  constructor(greedy = true) {
    this.#greedy = greedy
  }

  data(bytes: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, bytes])
    if (this.#greedy) this.stream?.consumed(bytes.length)
  }

  ended(): void {
    this.isEnded = true
  }

  failed(error: ProconsulError): void {
    this.error = error
  }
}

/** One side whose other side is a test: what it sent, as hex. */
class Side {
  readonly clock = new VirtualClock()
  readonly session: YamuxSession
  readonly accepted: { stream: YamuxStream; ear: Ear }[] = []
  sent: string[] = []
  over: ProconsulError | undefined
  greedy = true
  refuses = false

  constructor(role: 'dialler' | 'acceptor') {
    this.session = new YamuxSession({
      role,
      clock: this.clock,
      send: (bytes) => void this.sent.push(bytes.toString('hex')),
      accept: (stream) => {
        if (this.refuses) return undefined
        const ear = new Ear(this.greedy)
        ear.stream = stream
        this.accepted.push({ stream, ear })
        return ear
      },
      ended: (error) => {
        this.over = error
      },
    })
  }

  open(): { stream: YamuxStream; ear: Ear } {
    const ear = new Ear(this.greedy)
    const stream = this.session.open(ear)
    ear.stream = stream
    return { stream, ear }
  }

  /** Gives it frames as hex. */
  hear(...frames: string[]): void {
    this.session.receive(Buffer.from(frames.join(''), 'hex'))
  }

  said(): string {
    const all = this.sent.join('')
    this.sent = []
    return all
  }
}

const hex = (...header: Parameters<typeof encodeHeader>) => encodeHeader(...header).toString('hex')
const goAwayForBrokenRules = '000300000000000000000001'

describe('the frames that Consul’s agents exchange', () => {
  test('a dialler opens a stream, sends a request and closes', () => {
    const side = new Side('dialler')
    const { stream } = side.open()
    expect(side.said()).toBe('000100010000000100000000')
    const ping = '82a35365712aad536572766963654d6574686f64ab5374617475732e50696e6780'
    stream.write(Buffer.from(ping, 'hex'))
    expect(side.said()).toBe(`000000000000000100000021${ping}`)
    stream.close()
    expect(side.said()).toBe('000100040000000100000000')
  })

  test('an acceptor accepts a stream at once', () => {
    const side = new Side('acceptor')
    side.hear('000100010000000100000000')
    expect(side.said()).toBe('000100020000000100000000')
    expect(side.accepted).toHaveLength(1)
  })

  test('a reset is an update of the window with RST', () => {
    const side = new Side('dialler')
    for (let i = 0; i < 2; i++) side.open()
    const { stream } = side.open()
    side.said()
    stream.reset()
    expect(side.said()).toBe('000100080000000500000000')
  })

  test('a ping is answered with its value', () => {
    const side = new Side('acceptor')
    side.hear('000200010000000000000000', '0002000100000000deadbeef')
    expect(side.said()).toBe('0002000200000000000000000002000200000000deadbeef')
  })
})

describe('credit', () => {
  test('is given back once half the window is consumed', () => {
    const side = new Side('acceptor')
    side.hear(hex(frameType.windowUpdate, flag.syn, 1, 0))
    side.said()
    const half = windowBytes / 2
    side.hear(hex(frameType.data, 0, 1, half - 1), '00'.repeat(half - 1))
    expect(side.said()).toBe('')
    side.hear(hex(frameType.data, 0, 1, 1), '00')
    expect(side.said()).toBe(hex(frameType.windowUpdate, 0, 1, half))
  })

  test('is kept back from whoever is not listened to', () => {
    const side = new Side('acceptor')
    side.greedy = false
    side.hear(hex(frameType.windowUpdate, flag.syn, 1, 0))
    side.said()
    side.hear(hex(frameType.data, 0, 1, windowBytes), '00'.repeat(windowBytes))
    expect(side.said()).toBe('')
    expect(side.over).toBeUndefined()
    side.hear(hex(frameType.data, 0, 1, 1), '00')
    expect(side.said()).toBe(goAwayForBrokenRules)
    expect(side.over?.message).toBe('yamux: more data than stream 1 has room for')
  })

  test('holds back what is written beyond it', () => {
    const side = new Side('dialler')
    const { stream } = side.open()
    stream.write(Buffer.alloc(windowBytes + 10))
    expect(stream.queuedBytes).toBe(10)
    expect(side.session.queuedBytes).toBe(10)
    side.said()
    side.hear(hex(frameType.windowUpdate, flag.ack, 1, 4))
    expect(side.said()).toBe(`${hex(frameType.data, 0, 1, 4)}00000000`)
    side.hear(hex(frameType.windowUpdate, 0, 1, 100))
    expect(side.session.queuedBytes).toBe(0)
  })

  test('cannot be given without end', () => {
    const side = new Side('dialler')
    side.open()
    side.hear(hex(frameType.windowUpdate, flag.ack, 1, 0xffffffff))
    expect(side.over?.message).toBe('yamux: too much credit for stream 1')
  })
})

test('streams take turns, and a full connection holds back their bytes but no pings', () => {
  const side = new Side('dialler')
  const first = side.open()
  const second = side.open()
  side.said()
  side.session.congested(true)
  const { pieceBytesMax } = yamuxLimits
  first.stream.write(Buffer.alloc(2 * pieceBytesMax, 1))
  second.stream.write(Buffer.alloc(pieceBytesMax, 2))
  side.hear('000200010000000000000000')
  expect(side.said()).toBe('000200020000000000000000')
  side.session.congested(false)
  const order = side.said().match(/00000000000000(01|03)00010000/g)
  expect(order?.map((frame) => frame.slice(14, 16))).toEqual(['01', '03', '01'])
})

describe('the end of a stream', () => {
  test('is reached when both sides have said so', () => {
    const side = new Side('acceptor')
    side.hear(hex(frameType.windowUpdate, flag.syn, 1, 0), hex(frameType.data, flag.fin, 1, 2), 'abcd')
    const { stream, ear } = side.accepted[0]!
    expect([ear.bytes.toString('hex'), ear.isEnded, side.session.streams]).toEqual(['abcd', true, 1])
    side.said()
    stream.write(Buffer.from('ef', 'hex'))
    stream.close()
    expect(side.said()).toBe(`${hex(frameType.data, 0, 1, 1)}ef${hex(frameType.windowUpdate, flag.fin, 1, 0)}`)
    expect(side.session.streams).toBe(0)
    expect(ear.error).toBeUndefined()
  })

  test('comes with the last of the bytes that wait', () => {
    const side = new Side('dialler')
    const { stream } = side.open()
    side.said()
    side.session.congested(true)
    stream.write(Buffer.from('ab', 'hex'))
    stream.close()
    side.session.congested(false)
    expect(side.said()).toBe(`${hex(frameType.data, flag.fin, 1, 1)}ab`)
  })

  test('comes at once with a reset, and what still arrives of it is passed over', () => {
    const side = new Side('dialler')
    const { stream, ear } = side.open()
    stream.reset()
    side.hear(hex(frameType.data, flag.ack, 1, 4), '01020304', hex(frameType.windowUpdate, flag.fin, 1, 0))
    expect([ear.bytes.length, ear.isEnded, ear.error, side.over]).toEqual([0, false, undefined, undefined])
    const other = side.open()
    side.hear(hex(frameType.windowUpdate, flag.rst, 3, 0))
    expect(other.ear.error?.code).toBe('yamux_stream_reset')
  })

  test('is made by us when the other side never ends it', async () => {
    const side = new Side('dialler')
    const { stream, ear } = side.open()
    side.hear(hex(frameType.windowUpdate, flag.ack, 1, 0))
    stream.close()
    for (let waitedMs = 0; waitedMs < yamuxLimits.closeMs; waitedMs += 15_000) {
      expect(ear.error).toBeUndefined()
      await side.clock.advance(15_000)
      side.hear(...pongs(side.said()))
    }
    expect(ear.error?.code).toBe('yamux_stream_reset')
    expect(side.session.streams).toBe(0)
    expect(side.over).toBeUndefined()
  })
})

/** The answers to the pings in what a side said. */
function pongs(said: string): string[] {
  return [...said.matchAll(/00020001(00000000)(.{8})/g)].map(([, , value]) => `0002000200000000${value}`)
}

describe('the end of a session', () => {
  test('comes when a ping is not answered in time', async () => {
    const side = new Side('dialler')
    const { ear } = side.open()
    side.hear(hex(frameType.windowUpdate, flag.ack, 1, 0))
    await side.clock.advance(30_000)
    expect(side.over).toBeUndefined()
    await side.clock.advance(10_000)
    expect(side.over?.message).toBe('session shutdown: keepalive timeout')
    expect(ear.error).toBe(side.over)
    expect(side.session.usable).toBe(false)
    expect(() => side.session.open(new Ear())).toThrow('no streams are accepted any more')
    expect(side.clock.pending).toBe(0)
  })

  test('comes when a stream is not accepted in time', async () => {
    const side = new Side('dialler')
    side.open()
    for (let waitedMs = 0; waitedMs < yamuxLimits.openMs; waitedMs += 15_000) {
      expect(side.over).toBeUndefined()
      await side.clock.advance(15_000)
      side.hear(...pongs(side.said()))
    }
    expect(side.over?.message).toBe('session shutdown: a stream was not accepted in time')
  })

  test('announced by the other side lets open streams go on', () => {
    const side = new Side('dialler')
    const { stream, ear } = side.open()
    side.hear(hex(frameType.windowUpdate, flag.ack, 1, 0), '000300000000000000000000')
    expect([side.over, side.session.usable]).toEqual([undefined, false])
    side.hear(hex(frameType.data, flag.fin, 1, 1), '2a')
    expect(ear.bytes.toString('hex')).toBe('2a')
    stream.close()
    expect(side.session.streams).toBe(0)
  })

  test.for([
    ['another version', '010000000000000100000000', 'version 1 is not known'],
    ['a type nobody knows', '000400000000000100000000', 'there is no frame of type 4'],
    ['a stream that begins twice', hex(frameType.windowUpdate, flag.syn, 1, 0), 'stream 1 began twice'],
    ['a stream that is ours to begin', hex(frameType.windowUpdate, flag.syn, 2, 0), 'stream 2 is not theirs to begin'],
    ['data of no stream', hex(frameType.data, 0, 0, 1), 'stream 0 carries no data'],
    ['a stream that ends twice', hex(frameType.data, flag.fin, 1, 0).repeat(2), 'more data than stream 1 has room for'],
    ['an end said twice', hex(frameType.windowUpdate, flag.fin, 1, 0).repeat(2), 'stream 1 ended twice'],
  ] as const)('is what %s earns', ([, frames, problem]) => {
    const side = new Side('acceptor')
    side.hear(hex(frameType.windowUpdate, flag.syn, 1, 0))
    side.said()
    side.hear(frames)
    expect(side.over?.message).toBe(`yamux: ${problem}`)
    expect(side.said()).toBe(goAwayForBrokenRules)
    expect(side.accepted[0]!.ear.error).toBe(side.over)
    side.hear(hex(frameType.windowUpdate, flag.syn, 3, 0))
    expect(side.said()).toBe('')
  })
})

test('more than the backlog wait until others are accepted', () => {
  const side = new Side('dialler')
  const opened = Array.from({ length: yamuxLimits.backlog + 2 }, () => side.open())
  for (const { stream } of opened) stream.write(Buffer.from('07', 'hex'))
  const last = opened.at(-2)!.stream
  expect(side.said()).not.toContain(hex(frameType.windowUpdate, flag.syn, last.id, 0))
  side.hear(hex(frameType.windowUpdate, flag.ack, 1, 0))
  expect(side.said()).toBe(
    `${hex(frameType.windowUpdate, flag.syn, last.id, 0)}${hex(frameType.data, 0, last.id, 1)}07`,
  )
  opened.at(-1)!.stream.reset()
  expect(side.said()).toBe('')
})

test('streams beyond the limit are refused one by one', () => {
  const side = new Side('acceptor')
  for (let i = 0; i < yamuxLimits.streamsMax; i++) side.hear(hex(frameType.windowUpdate, flag.syn, 2 * i + 1, 0))
  side.said()
  const next = 2 * yamuxLimits.streamsMax + 1
  side.hear(hex(frameType.windowUpdate, flag.syn, next, 0))
  expect(side.said()).toBe(hex(frameType.windowUpdate, flag.rst, next, 0))
  side.accepted[0]!.stream.reset()
  side.hear(hex(frameType.windowUpdate, flag.syn, next + 2, 0))
  expect(side.said()).toBe(
    hex(frameType.windowUpdate, flag.rst, 1, 0) + hex(frameType.windowUpdate, flag.ack, next + 2, 0),
  )
})

test('a stream nobody listens to is refused', () => {
  const side = new Side('acceptor')
  side.refuses = true
  side.hear(hex(frameType.windowUpdate, flag.syn, 1, 0))
  expect(side.said()).toContain(hex(frameType.windowUpdate, flag.rst, 1, 0))
  expect(side.session.streams).toBe(0)
})

/** Two sides whose bytes travel in pieces, when told. */
class Pair {
  readonly dialler = new Side('dialler')
  readonly acceptor = new Side('acceptor')

  /** Moves up to `sizeBytes` from one side to the other. */
  carry(from: 'dialler' | 'acceptor', sizeBytes: number): void {
    const [source, target] = from === 'dialler' ? [this.dialler, this.acceptor] : [this.acceptor, this.dialler]
    const all = Buffer.from(source.sent.join(''), 'hex')
    source.sent = [all.subarray(sizeBytes).toString('hex')]
    target.session.receive(all.subarray(0, sizeBytes))
  }

  settle(): void {
    while (this.dialler.sent.join('') + this.acceptor.sent.join('') !== '') {
      this.carry('dialler', Number.POSITIVE_INFINITY)
      this.carry('acceptor', Number.POSITIVE_INFINITY)
    }
  }
}

const step = fc.oneof(
  fc.record({ do: fc.constant('open' as const) }),
  fc.record({ do: fc.constant('write' as const), stream: fc.nat(5), size: fc.integer({ min: 1, max: 200_000 }) }),
  fc.record({ do: fc.constant('answer' as const), stream: fc.nat(5), size: fc.integer({ min: 1, max: 200_000 }) }),
  fc.record({ do: fc.constant('close' as const), stream: fc.nat(5) }),
  fc.record({ do: fc.constant('congest' as const), on: fc.boolean() }),
  fc.record({
    do: fc.constant('carry' as const),
    from: fc.constantFrom('dialler' as const, 'acceptor' as const),
    size: fc.integer({ min: 1, max: 100_000 }),
  }),
)

test('whatever the interleaving, each stream’s bytes arrive complete and in order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const pair = new Pair()
      const ours: { stream: YamuxStream; ear: Ear; closed: boolean; wrote: Buffer; answered: Buffer }[] = []
      let value = 0
      const fresh = (size: number) => Buffer.alloc(size, ++value)
      for (const it of steps) {
        const one = 'stream' in it ? ours[it.stream] : undefined
        if (it.do === 'open') {
          const empty = Buffer.alloc(0)
          ours.push({ ...pair.dialler.open(), closed: false, wrote: empty, answered: empty })
        } else if (it.do === 'write' && one !== undefined && !one.closed) {
          const bytes = fresh(it.size)
          one.wrote = Buffer.concat([one.wrote, bytes])
          one.stream.write(bytes)
        } else if (it.do === 'answer' && one !== undefined) {
          const theirs = pair.acceptor.accepted.find(({ stream }) => stream.id === one.stream.id)
          if (theirs === undefined) continue
          const bytes = fresh(it.size)
          one.answered = Buffer.concat([one.answered, bytes])
          theirs.stream.write(bytes)
        } else if (it.do === 'close' && one !== undefined) {
          one.closed = true
          one.stream.close()
        } else if (it.do === 'congest') {
          pair.dialler.session.congested(it.on)
        } else if (it.do === 'carry') {
          pair.carry(it.from, it.size)
        }
      }
      pair.dialler.session.congested(false)
      pair.settle()
      for (const { stream, ear, closed, wrote, answered } of ours) {
        const theirs = pair.acceptor.accepted.find((it) => it.stream.id === stream.id)!
        expect(theirs.ear.bytes.equals(wrote)).toBe(true)
        expect(theirs.ear.isEnded).toBe(closed)
        expect(ear.bytes.equals(answered)).toBe(true)
        theirs.stream.close()
        stream.close()
      }
      pair.settle()
      expect([pair.dialler.over, pair.acceptor.over]).toEqual([undefined, undefined])
      expect([pair.dialler.session.streams, pair.acceptor.session.streams]).toEqual([0, 0])
      expect(pair.dialler.session.queuedBytes + pair.acceptor.session.queuedBytes).toBe(0)
    }),
    { numRuns: 60 },
  )
})

test('no bytes make it throw, and once it is over it says nothing more', () => {
  const frames = fc.array(
    fc.tuple(
      fc.nat(4),
      fc.nat(15),
      fc.nat(5),
      fc.oneof(fc.nat(20), fc.constant(0xffffffff)),
      fc.uint8Array({ maxLength: 20 }),
    ),
    { maxLength: 20 },
  )
  fc.assert(
    fc.property(frames, fc.uint8Array({ maxLength: 30 }), (list, noise) => {
      const side = new Side('acceptor')
      for (const [type, flags, id, length, bytes] of list) {
        side.session.receive(encodeHeader(type as 0, flags, id, length))
        side.session.receive(Buffer.from(bytes))
      }
      side.session.receive(Buffer.from(noise))
      if (side.over === undefined) return
      side.said()
      side.session.receive(Buffer.from(hex(frameType.ping, flag.syn, 0, 1), 'hex'))
      expect(side.said()).toBe('')
      for (const { ear, stream } of side.accepted) expect(stream.over || ear.error !== undefined).toBe(true)
    }),
    { numRuns: 500 },
  )
})
