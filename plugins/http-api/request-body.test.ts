import { request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import type { ApiRequest, Reply } from './contract.ts'
import { json, startTestServer, type TestServer, text } from './test-server.ts'

let server: TestServer
let clock: VirtualClock
let reading = 0
const sockets: Socket[] = []

beforeEach(async () => {
  clock = new VirtualClock()
  reading = 0
  const size = async (request: ApiRequest): Promise<Reply> => {
    reading++
    return text(String((await request.body()).length))
  }
  server = await startTestServer({
    clock,
    routes: () => [
      { methods: ['PUT'], path: '/v1/hot/*rest', summary: '', bodyLimitBytes: 1000, hot: true, answer: size },
      {
        methods: ['PUT'],
        path: '/v1/koa/*rest',
        summary: '',
        bodyLimitBytes: 1000,
        bodyLimitSetting: 'x',
        answer: size,
      },
      { methods: ['PUT'], path: '/v1/json', summary: '', answer: async (it) => json((await it.json()) ?? 'nothing') },
      { methods: ['PUT'], path: '/v1/other', summary: '', answer: async (it) => json(await it.json('Bad request: ')) },
      { methods: ['PUT'], path: '/v1/ignored', summary: '', answer: () => text('done') },
    ],
  })
})

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await server.stop()
})

/** A connection of our own, and all it has received. */
function dial(): { socket: Socket; received: () => string } {
  const socket = connect(server.port, '127.0.0.1')
  sockets.push(socket)
  let received = ''
  socket.on('data', (data) => {
    received += data.toString('latin1')
  })
  socket.on('error', () => {})
  return { socket, received: () => received }
}

describe.for(['hot', 'koa'])('a body by the %s way', (way) => {
  test.for([0, 1, 1000])('of %i bytes is taken', async (bytes) => {
    expect((await server.send('PUT', `/v1/${way}/a`, 'x'.repeat(bytes))).text).toBe(String(bytes))
  })

  test('in chunks is taken', async () => {
    const reply = await server.send('PUT', `/v1/${way}/a`, 'chunked body', { 'Transfer-Encoding': 'chunked' })
    expect(reply.text).toBe('12')
  })

  test('announced larger than the limit is refused', async () => {
    const reply = await server.send('PUT', `/v1/${way}/a`, 'x'.repeat(1001))
    const setting = way === 'koa' ? 'x' : 'kv_max_value_size'
    expect(reply).toMatchObject({
      status: 413,
      text: `Request body(1001 bytes) too large, max size: 1000 bytes. See https://www.consul.io/docs/agent/options.html#${setting}.`,
    })
  })

  test('that grows beyond the limit is refused', async () => {
    const reply = await server.send('PUT', `/v1/${way}/a`, 'x'.repeat(100_000), { 'Transfer-Encoding': 'chunked' })
    expect(reply.status).toBe(413)
    expect(reply.text).toContain('Request body(more than 1000 bytes) too large')
  })

  test('that asks first is told to go on, or refused before it is sent', async () => {
    const go = dial()
    go.socket.write(`PUT /v1/${way}/a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n`)
    await vi.waitFor(() => expect(go.received()).toContain('HTTP/1.1 100 Continue'))
    go.socket.write('abc')
    await vi.waitFor(() => expect(go.received()).toMatch(/HTTP\/1\.1 200 OK[\s\S]*\r\n\r\n3$/))

    const stop = dial()
    stop.socket.write(`PUT /v1/${way}/a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n`)
    await vi.waitFor(() => expect(stop.received()).toContain('HTTP/1.1 413'))
    expect(stop.received()).toContain('Connection: close')
    expect(stop.received()).not.toContain('100 Continue')
  })

  test('that stalls is given up, and one that is slow is not', async () => {
    const slow = dial()
    slow.socket.write(`PUT /v1/${way}/a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n`)
    await vi.waitFor(() => expect(reading).toBe(1))
    for (let byte = 0; byte < 5; byte++) {
      await clock.advance(29_000)
      slow.socket.write('x')
      await arrived(slow.socket)
    }
    await vi.waitFor(() => expect(slow.received()).toContain('HTTP/1.1 200'))

    const stalled = dial()
    stalled.socket.write(`PUT /v1/${way}/a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nx`)
    await vi.waitFor(() => expect(reading).toBe(2))
    await clock.advance(40_000)
    await vi.waitFor(() => expect(stalled.received()).toContain('HTTP/1.1 408'))
    await clock.advance(10_000)
    await vi.waitFor(() => expect(stalled.socket.closed).toBe(true))
    expect(clock.pending).toBe(0)
  })

  test('is watched by itself: others that are read at the time may end, be slow or stall', async () => {
    const open = async () => {
      const one = dial()
      one.socket.write(`PUT /v1/${way}/a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nx`)
      const before = reading
      await vi.waitFor(() => expect(reading).toBe(before + 1))
      return one
    }
    const [first, slow, stalled] = [await open(), await open(), await open()]
    first.socket.write('xxxx')
    await vi.waitFor(() => expect(first.received()).toContain('HTTP/1.1 200'))
    await clock.advance(20_000)
    slow.socket.write('x')
    await arrived(slow.socket)
    await clock.advance(20_000)
    await vi.waitFor(() => expect(stalled.received()).toContain('HTTP/1.1 408'))
    slow.socket.write('xxx')
    await vi.waitFor(() => expect(slow.received()).toContain('HTTP/1.1 200'))
  })

  test('whose client hangs up leaves nothing behind', async () => {
    const { socket } = dial()
    socket.write(`PUT /v1/${way}/a HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nhalf`)
    await vi.waitFor(() => expect(reading).toBe(1))
    socket.destroy()
    await vi.waitFor(async () => {
      await clock.advance(5_000)
      expect(clock.pending).toBe(0)
    })
    expect(server.faults).toEqual([])
    expect((await server.send('PUT', `/v1/${way}/a`, 'abc')).text).toBe('3')
  })
})

/** Resolves once bytes written so far have reached the server and were dealt with. */
async function arrived(socket: Socket): Promise<void> {
  await vi.waitFor(() => expect(socket.writableLength).toBe(0))
  // Loopback delivers in order: a request on a connection of its own is answered after them.
  await server.get('/v1/nope')
  await server.get('/v1/nope')
}

describe('a JSON body', () => {
  test('is parsed, also with numbers that no double holds', async () => {
    const reply = await server.send('PUT', '/v1/json', '{"a":[1,null]}')
    expect(reply).toMatchObject({ status: 200, text: '{"a":[1,null]}' })
    expect((await server.send('PUT', '/v1/json', '')).text).toBe('"nothing"')
  })

  test.for([
    ['nope', 'invalid character'],
    ['{"a":', 'unexpected EOF'],
    ['['.repeat(5000), 'unexpected EOF'],
    [`${'['.repeat(500)}${']'.repeat(500)}`, 'nested'],
  ] as const)('%.20s is refused', async ([body, reason]) => {
    const reply = await server.send('PUT', '/v1/json', body)
    expect(reply.status).toBe(400)
    expect(reply.text).toMatch(new RegExp(`^Request decode failed: .*${reason}`))
    expect((await server.send('PUT', '/v1/other', body)).text).toMatch(/^Bad request: /)
  })
})

test('a client that goes on sending what nobody reads is cut off', async () => {
  const { socket, received } = dial()
  socket.write('PUT /v1/ignored HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nbegin')
  await vi.waitFor(() => expect(received()).toContain('done'))
  socket.write('more')
  await clock.advance(9_000)
  expect(socket.closed).toBe(false)
  await clock.advance(1_000)
  await vi.waitFor(() => expect(socket.closed).toBe(true))
})

test('a connection is used again after a body that nobody read', async () => {
  const { socket, received } = dial()
  socket.write('PUT /v1/ignored HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde')
  await vi.waitFor(() => expect(received()).toContain('done'))
  socket.write('GET /v1/nope HTTP/1.1\r\nHost: x\r\n\r\n')
  await vi.waitFor(() => expect(received()).toContain('404 Not Found'))
})

test('the client of an aborted request is not waited for', async () => {
  const asked = httpRequest({ host: '127.0.0.1', port: server.port, method: 'PUT', path: '/v1/koa/a' })
  asked.on('error', () => {})
  asked.write('x')
  await vi.waitFor(() => expect(reading).toBe(1))
  asked.destroy()
  await server.stop()
})
