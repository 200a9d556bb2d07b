import { readFileSync } from 'node:fs'
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2'
import { connect as dial, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { SubscribeEvent, SubscribeRequest } from '../../src/wire/structs/subscribe.ts'
import { eventually } from './agent-process.ts'
import { startServer } from './server.ts'

const path = '/subscribe.StateChangeSubscription/Subscribe'

/** What a real agent's gRPC library sends first: type byte, preface, settings (from the vectors). */
const start: { bytes_hex: string } = JSON.parse(
  readFileSync(new URL('../vectors/grpc-vectors.json', import.meta.url), 'utf8'),
).find(({ name }: { name: string }) => name === 'grpc/connection-start-client')

async function grpc(port: number) {
  const socket = dial({ port, host: '127.0.0.1' })
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  socket.write(Buffer.from([8]))
  const session = connect('http://server', { createConnection: () => socket as Socket })
  return { session, [Symbol.dispose]: () => session.destroy() }
}

/** One call, with what came back: messages, and the trailers once it has ended. */
function call(session: ClientHttp2Session, message: Buffer, to = path) {
  const stream: ClientHttp2Stream = session.request({
    ':method': 'POST',
    ':path': to,
    'content-type': 'application/grpc',
    te: 'trailers',
  })
  const events: SubscribeEvent[] = []
  let status: string | undefined
  let bytes = Buffer.alloc(0)
  stream.on('response', (headers) => {
    status ??= headers['grpc-status'] as string | undefined
  })
  stream.on('trailers', (trailers) => {
    status = String(trailers['grpc-status'])
  })
  stream.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk])
    while (bytes.length >= 5 && bytes.length >= 5 + bytes.readUInt32BE(1)) {
      const end = 5 + bytes.readUInt32BE(1)
      events.push(SubscribeEvent.decode(bytes.subarray(5, end)))
      bytes = bytes.subarray(end)
    }
  })
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  stream.end(Buffer.concat([prefix, message]))
  const many = (count: number) => eventually(async () => (events.length >= count ? events.splice(0) : undefined))
  return { many, stream, ended: () => eventually(async () => status) }
}

const subscription = (changes: Partial<SubscribeRequest>) =>
  SubscribeRequest.encode({ Topic: 1, Key: 'web', Token: '', Index: 0, Datacenter: 'dc1', Namespace: '', ...changes })

test('a subscriber sees the instances of a service and each change of them', async () => {
  await using server = await startServer()
  await server.put('/v1/agent/service/register', { Name: 'web', ID: 'web1', Port: 80, Check: { TTL: '10m' } })
  await eventually(async () => ((await server.json('/v1/health/service/web')).length === 1 ? true : undefined))
  using connection = await grpc(server.ports.server)
  const first = call(connection.session, subscription({}))
  const [instance, end] = await first.many(2)
  expect(instance!.ServiceHealth).toMatchObject({
    Op: 0,
    CheckServiceNode: { Service: { ID: 'web1', Service: 'web', Port: 80 }, Checks: [{ CheckID: 'serfHealth' }, {}] },
  })
  expect(end).toMatchObject({ EndOfSnapshot: true, Index: instance!.Index })

  await server.put('/v1/agent/check/pass/service:web1')
  const [changed] = await first.many(1)
  expect(changed!.ServiceHealth!.CheckServiceNode!.Checks![1]!.Status).toBe('passing')
  expect(changed!.Index).toBeGreaterThan(instance!.Index)

  // One that knows all of it goes on where it stopped; one that knows less gets everything anew.
  const again = call(connection.session, subscription({ Index: changed!.Index }))
  const late = call(connection.session, subscription({ Index: instance!.Index }))
  expect((await late.many(3)).map((event) => event.NewSnapshotToFollow)).toEqual([true, false, false])
  await server.put('/v1/agent/service/deregister/web1')
  const gone = { ServiceHealth: { Op: 1, CheckServiceNode: { Service: { ID: 'web1' } } } }
  expect((await again.many(1))[0]).toMatchObject(gone)
  expect((await first.many(1))[0]).toMatchObject(gone)
})

test('calls that cannot be answered end with the status that says why', async () => {
  await using server = await startServer()
  using connection = await grpc(server.ports.server)
  const ended = (message: Buffer, to?: string) => call(connection.session, message, to).ended()
  expect(await ended(subscription({ Key: '' }))).toBe('3')
  expect(await ended(subscription({ Topic: 9 }))).toBe('3')
  expect(await ended(subscription({ Datacenter: 'elsewhere' }))).toBe('14')
  expect(await ended(Buffer.from([0xff, 0xff]))).toBe('3')
  expect(await ended(subscription({}), '/subscribe.StateChangeSubscription/Other')).toBe('12')
})

test('the first bytes of a real agent are answered as HTTP/2', async () => {
  await using server = await startServer()
  const socket = dial({ port: server.ports.server, host: '127.0.0.1' })
  socket.write(Buffer.from(start.bytes_hex, 'hex'))
  const [bytes] = await new Promise<[Buffer]>((resolve) => socket.once('data', (chunk) => resolve([chunk as Buffer])))
  socket.destroy()
  // A SETTINGS frame on stream 0.
  expect(bytes[3]).toBe(4)
  expect(bytes.readUInt32BE(5)).toBe(0)
})
