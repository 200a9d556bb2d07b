import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTestServer, type TestServer, text } from './test-server.ts'

let server: TestServer
const sockets: Socket[] = []

beforeEach(async () => {
  server = await startTestServer({
    options: { connectionsPerClientMax: 2 },
    routes: () => [{ methods: ['GET'], path: '/v1/word', summary: '', answer: () => text('done') }],
  })
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await server.stop()
})

/** A connection that has sent a request and been answered, or told off. */
async function opened(): Promise<{ readonly socket: Socket; readonly answer: string }> {
  const socket = connect(server.port, '127.0.0.1')
  sockets.push(socket)
  // Being told off and reset are the same to a client that has said something already.
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write('GET /v1/word HTTP/1.1\r\nHost: agent\r\n\r\n')
  const [chunk] = (await once(socket, 'data')) as [Buffer]
  return { socket, answer: chunk.toString() }
}

test('a client has as many connections as the limit says, and gets another when one closes', async () => {
  const first = await opened()
  const second = await opened()
  expect(first.answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(second.answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)

  const third = await opened()
  expect(third.answer).toBe(
    'HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/plain\r\nContent-Length: 81\r\nConnection: close\r\n\r\n' +
      'Your IP is issuing too many concurrent connections, please rate limit your calls\n',
  )
  if (!third.socket.closed) await once(third.socket, 'close')

  first.socket.destroy()
  await expect.poll(async () => (await opened()).answer.split(' ')[1], { timeout: 10_000 }).toBe('200')
  expect(server.faults).toEqual([])
})
