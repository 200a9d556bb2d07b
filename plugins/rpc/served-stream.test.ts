import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProconsulError } from '../../src/kernel/errors.ts'
import { ReplyHeader, RequestHeader } from '../../src/rpc/messages.ts'
import { Nothing } from '../../src/rpc/method.ts'
import { MalformedMsgpackError } from '../../src/wire/errors.ts'
import { writeMsgpack } from '../../src/wire/msgpack-writer.ts'
import { MethodUnknownError } from './errors.ts'
import { ServedStream } from './served-stream.ts'

const nothing = Nothing.encode({})

class Caller {
  sent: Buffer[] = []
  consumedBytes = 0
  end: 'closed' | 'reset' | undefined
  readonly faults: unknown[] = []
  readonly calls: {
    readonly method: string
    readonly signal: AbortSignal
    reply(body: Buffer): void
    fail(error: unknown): void
  }[] = []
  readonly stream = new ServedStream(
    {
      write: (bytes) => void this.sent.push(bytes),
      consumed: (sizeBytes) => {
        this.consumedBytes += sizeBytes
      },
      close: () => {
        this.end ??= 'closed'
      },
      reset: () => {
        this.end ??= 'reset'
      },
    },
    {
      answer: (method, _body, signal) =>
        new Promise((resolve, reject) => this.calls.push({ method, signal, reply: resolve, fail: reject })),
      report: (error) => void this.faults.push(error),
    },
    { leftBytes: 2 ** 20 },
  )

  call(Seq: number, ServiceMethod: string, body = nothing): Buffer {
    return Buffer.concat([RequestHeader.encode({ Seq, ServiceMethod }), body])
  }

  /** What it was answered, as hex. */
  heard(): string {
    const all = Buffer.concat(this.sent).toString('hex')
    this.sent = []
    return all
  }
}

const reply = (Seq: number, ServiceMethod: string, body = nothing, problem = '') =>
  Buffer.concat([ReplyHeader.encode({ Error: problem, Seq, ServiceMethod }), body]).toString('hex')

const soon = () => new Promise((resolve) => setImmediate(resolve))

describe('a stream of calls', () => {
  test('is answered as Consul’s servers answer', async () => {
    const caller = new Caller()
    caller.stream.data(Buffer.from('82a35365712aad536572766963654d6574686f64ab5374617475732e50696e6780', 'hex'))
    expect(caller.calls.map(({ method }) => method)).toEqual(['Status.Ping'])
    caller.calls[0]!.reply(nothing)
    await soon()
    expect(caller.heard()).toBe('83a54572726f72a0a35365712aad536572766963654d6574686f64ab5374617475732e50696e6780')
  })

  test('has one call under way, and leaves the next unread until that is answered', async () => {
    const caller = new Caller()
    const first = caller.call(1, 'A.B')
    caller.stream.data(Buffer.concat([first, caller.call(2, 'C.D')]))
    expect([caller.calls.length, caller.consumedBytes]).toEqual([1, first.length])
    caller.calls[0]!.reply(nothing)
    await soon()
    expect(caller.calls.map(({ method }) => method)).toEqual(['A.B', 'C.D'])
    caller.calls[1]!.reply(nothing)
    await soon()
    expect(caller.heard()).toBe(reply(1, 'A.B') + reply(2, 'C.D'))
  })

  test('goes on after a refusal, whose text the caller gets', async () => {
    const caller = new Caller()
    caller.stream.data(caller.call(1, 'KVS.Get'))
    caller.calls[0]!.fail(new ProconsulError('Permission denied'))
    await soon()
    expect(caller.heard()).toBe(reply(1, 'KVS.Get', nothing, 'Permission denied'))
    caller.stream.data(caller.call(2, 'KVS.Get'))
    expect(caller.calls).toHaveLength(2)
    expect(caller.end).toBeUndefined()
  })

  test.for([
    new MethodUnknownError('Status.Nope', new Set(['Status'])),
    new MalformedMsgpackError('expected a map', 0),
  ])('is closed behind the answer to what makes no sense: %s', async (error) => {
    const caller = new Caller()
    caller.stream.data(caller.call(1, 'Status.Nope'))
    caller.calls[0]!.fail(error)
    await soon()
    expect(caller.heard()).toBe(reply(1, 'Status.Nope', nothing, error.message))
    expect(caller.end).toBe('closed')
  })

  test('tells its caller nothing of a bug', async () => {
    const caller = new Caller()
    caller.stream.data(caller.call(1, 'A.B'))
    const bug = new TypeError('x is not a function')
    caller.calls[0]!.fail(bug)
    await soon()
    expect(caller.faults).toEqual([bug])
    expect(Buffer.from(caller.heard(), 'hex').toString()).not.toContain('not a function')
  })

  test('that ends gives up what it waits for, and answers no more', async () => {
    for (const how of ['ended', 'failed'] as const) {
      const caller = new Caller()
      caller.stream.data(caller.call(1, 'A.B'))
      if (how === 'ended') caller.stream.ended()
      else caller.stream.failed()
      expect(caller.calls[0]!.signal.aborted).toBe(true)
      caller.calls[0]!.reply(nothing)
      await soon()
      expect(caller.heard()).toBe('')
    }
  })

  test('of anything but calls is reset, and never breaks', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }), (pieces) => {
        const caller = new Caller()
        for (const piece of pieces) caller.stream.data(Buffer.from(piece))
        caller.stream.ended()
        for (const { signal } of caller.calls) expect(signal.aborted).toBe(true)
      }),
      { numRuns: 500 },
    )
    const caller = new Caller()
    caller.stream.data(writeMsgpack((writer) => writer.text('no header')))
    expect(caller.end).toBe('reset')
  })
})

test.for([
  ['Status.Nope', "rpc: can't find method Status.Nope"],
  ['Nope.Ping', "rpc: can't find service Nope.Ping"],
  ['Nope', 'rpc: service/method request ill-formed: Nope'],
] as const)('%s is refused with %s', ([name, text]) => {
  expect(new MethodUnknownError(name, new Set(['Status'])).message).toBe(text)
})
