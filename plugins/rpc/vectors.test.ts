import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { assemble } from '../../src/cli/assemble.ts'
import { Agent } from '../../src/kernel/agent.ts'
import { Log } from '../../src/kernel/log.ts'
import { ReplyHeader, RequestHeader } from '../../src/rpc/messages.ts'
import { ValueReader } from '../../src/rpc/value-reader.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { bundledPlugins } from '../index.ts'
import { type MethodEntry, Methods } from './method-table.ts'

interface Vector {
  readonly name: string
  readonly bytes_hex: string
}

const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('../../test/vectors/server-vectors.json', import.meta.url), 'utf8'),
)

/** Every method of the agent, as it would be on the server port. */
async function knownMethods(): Promise<Methods> {
  const reader = { list: () => [], read: () => '' } as never
  const { plugins, configuration } = await assemble({
    args: ['-dev'],
    bundled: bundledPlugins,
    workingDir: '.',
    reader,
  })
  const agent = new Agent({
    plugins,
    optionsOf: ({ name }) => configuration.values.get(name) ?? {},
    log: new Log({ level: 'error', json: false, write: () => {}, nowMs: () => 0 }),
    clock: new VirtualClock(),
    random: seededRandom(1),
    onFatal: () => {},
  })
  const methods = new Methods()
  agent.hooks.rpcMethods.call(methods)
  return methods
}

const methods = await knownMethods()

function entryOf(name: string): MethodEntry | undefined {
  try {
    return methods.get(name)
  } catch {
    return undefined
  }
}

/** The header and the body of a recorded message. */
function valuesOf({ bytes_hex }: Vector): [Buffer, Buffer] {
  const reader = new ValueReader(2 ** 20, { leftBytes: 2 ** 20 }, () => {})
  reader.add(Buffer.from(bytes_hex, 'hex'))
  const values = [reader.next()!, reader.next()!] as [Buffer, Buffer]
  expect(reader.idle).toBe(true)
  return values
}

const recorded = vectors.flatMap((vector) => {
  const [, call, kind] = /^rpc\/([A-Z]\w*\.[^/]+)\/(request|response)$/.exec(vector.name) ?? []
  if (call === undefined) return []
  return [{ name: vector.name, method: call.replace(/-.*$/, ''), kind, vector }]
})

test('the methods that agents of Consul were seen to call are known, but for what is not there yet', () => {
  const unknown = new Set(recorded.map(({ method }) => method).filter((method) => entryOf(method) === undefined))
  const services = [...new Set([...unknown].map((method) => method.split('.')[0]))].sort()
  expect(services).toEqual(['ACL', 'ConfigEntry', 'ConnectCA', 'DiscoveryChain', 'Intention'])
})

const ours = recorded.filter(({ method }) => entryOf(method) !== undefined)

describe('recorded messages', () => {
  test.for(ours)('$name is read, and written again byte for byte', ({ method, kind, vector }) => {
    const { method: known } = entryOf(method)!
    const [header, body] = valuesOf(vector)
    const message = kind === 'request' ? known.request : known.reply
    const Header = kind === 'request' ? RequestHeader : ReplyHeader
    expect(Header.decode(header)).toMatchObject({ ServiceMethod: method })
    expect(Header.encode(Header.decode(header) as never).toString('hex')).toBe(header.toString('hex'))
    expect(message.encode(message.decode(body)).toString('hex')).toBe(body.toString('hex'))
  })

  const reads = ours.filter(({ method }) => entryOf(method)!.kind === 'live')

  test.for(reads.filter(({ kind }) => kind === 'response'))(
    '$name becomes the value of our question, and again the same reply',
    ({ name, method, vector }) => {
      const entry = entryOf(method)!
      if (entry.kind !== 'live') throw new Error('not a read')
      const request = vectors.find((it) => it.name === name.replace(/response$/, 'request'))!
      const asked = entry.method.fromRequest(entry.method.request.decode(valuesOf(request)[1]))
      const reply = entry.method.reply.decode(valuesOf(vector)[1])
      const again = { ...reply, ...entry.method.toReply(entry.method.fromReply(reply, asked), asked) }
      expect(entry.method.reply.encode(again).toString('hex')).toBe(valuesOf(vector)[1].toString('hex'))
    },
  )

  test.for(reads.filter(({ kind }) => kind === 'request'))(
    '$name asks the same when we send it on as our own',
    ({ method, vector }) => {
      const entry = entryOf(method)!
      if (entry.kind !== 'live') throw new Error('not a read')
      const { fromRequest, toRequest, request } = entry.method
      const asked = fromRequest(request.decode(valuesOf(vector)[1]))
      const sent = request.encode({ ...request.zero(), ...toRequest(asked) } as never)
      expect(fromRequest(request.decode(sent))).toEqual(asked)
      expect(entry.method.question(asked).key).toBe(entry.method.question(fromRequest(request.decode(sent))).key)
    },
  )
})
