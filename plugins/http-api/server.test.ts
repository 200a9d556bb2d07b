import { mkdtemp, rm, stat } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { ConfigError } from '../../src/kernel/errors.ts'
import type { NodeIdentity } from '../node/contract.ts'
import type { RouteDeclaration } from './contract.ts'
import { json, startTestServer, type TestServer, type TestServerSetup, text, wordReply } from './test-server.ts'

let server: TestServer | undefined
const sockets: Socket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await server?.stop()
  server = undefined
})

async function start(setup: TestServerSetup = {}): Promise<TestServer> {
  server = await startTestServer({ routes, ...setup })
  return server
}

const slow: (() => void)[] = []

function routes(store: TestServer['store']): RouteDeclaration[] {
  const summary = ''
  return [
    {
      methods: ['GET'],
      path: '/v1/word/*key',
      summary,
      hot: true,
      answer: (it) => wordReply(store, it.rawParam('key')),
    },
    { methods: ['PUT'], path: '/v1/reads', summary, answer: async (it) => text(String(await it.body())) },
    { methods: ['GET'], path: '/v1/status', summary, answer: () => json('fine') },
    {
      methods: ['GET'],
      path: '/v1/slow',
      summary,
      answer: () =>
        new Promise((resolve) => {
          slow.push(() => resolve(text('slow but done')))
        }),
    },
    {
      methods: ['GET'],
      path: '/v1/forever',
      summary,
      answer: ({ signal }) => ({
        kind: 'stream',
        type: undefined,
        chunks: (async function* () {
          yield 'first\n'
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
          yield 'last\n'
        })(),
      }),
    },
    {
      methods: ['GET'],
      path: '/v1/patient',
      summary,
      answer: ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
    },
    {
      methods: ['GET', 'PUT'],
      path: '/v1/broken',
      summary,
      answer: (request) => {
        if (request.method === 'PUT') return Promise.reject(new Error('secret of the implementation'))
        throw new TypeError('secret of the implementation')
      },
    },
  ]
}

function dial({ port }: TestServer): { socket: Socket; received: () => string } {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  let received = ''
  socket.on('data', (data) => {
    received += data.toString('latin1')
  })
  socket.on('error', () => {})
  return { socket, received: () => received }
}

describe('listening', () => {
  const node = (given: Partial<NodeIdentity>) => ({ node: given })
  const ports = (http: number) => ({ http, dns: -1, server: -1, serfLan: -1, serfWan: -1 })

  test('on a port that is taken names the address, the setting and what to do', async () => {
    const { port } = await start()
    const failed = startTestServer(node({ ports: ports(port) }))
    await expect(failed).rejects.toThrow(ConfigError)
    await expect(failed).rejects.toThrow(
      `cannot serve HTTP on 127.0.0.1:${port}: another program listens there; stop it, or choose another port with ports.http (-http-port)`,
    )
  })

  test('on an address of another machine is refused with the setting to correct', async () => {
    await expect(startTestServer(node({ clientAddresses: ['192.0.2.1'] }))).rejects.toThrow(
      /no such address.*client_addr/,
    )
  })

  test('is off with port -1', async () => {
    const { port } = await start(node({ ports: ports(-1) }))
    expect(port).toBeNaN()
  })

  test('on a socket path replaces a file that a killed agent left, and no other', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'http-api-'))
    const path = join(folder, 'http.sock')
    const other = createServer().listen(path)
    await vi.waitFor(() => stat(path))
    const here = node({ clientAddresses: [`unix://${path}`] })
    await expect(startTestServer(here)).rejects.toThrow(/another program listens there/)
    await new Promise((resolve) => other.close(resolve))

    await start({ ...here })
    expect(await overPath(path)).toBe('"fine"')
    await server?.stop()
    await expect(stat(path)).rejects.toThrow('ENOENT')
    await rm(folder, { recursive: true })
  })
})

function overPath(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest({ socketPath, path: '/v1/status' }, (reply) => {
      let body = ''
      reply.on('data', (data) => {
        body += data
      })
      reply.on('end', () => resolve(body))
    })
    asked.on('error', reject)
    asked.end()
  })
}

describe('bytes that are not HTTP', () => {
  test.for([
    ['words', 'GARBAGE\r\n\r\n', '400 Bad Request'],
    ['a version there is not', 'GET /v1/status HTTP/9.9\r\n\r\n', '400 Bad Request'],
    ['a length that is no number', 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n', '400 Bad Request'],
    [
      'two ways to end a body',
      'PUT /v1/broken HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      '400 Bad Request',
    ],
    ['a TLS greeting', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003', '400 Bad Request'],
    [
      'a garbled chunk',
      'PUT /v1/reads HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      '400 Bad Request',
    ],
    [
      'more headers than fit',
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(1_100_000)}\r\n\r\n`,
      '431 Request Header Fields Too Large',
    ],
  ] as const)('such as %s are answered, and the connection ends', async ([, bytes, status]) => {
    const { socket, received } = dial(await start())
    socket.write(bytes, 'latin1')
    await vi.waitFor(() => expect(socket.closed).toBe(true))
    expect(received()).toBe(
      `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`,
    )
  })

  test.for([['/v1/status%'], ['/v1/status%zz'], ['v1']])('the target %s is refused', async ([path]) => {
    const { socket, received } = dial(await start())
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await vi.waitFor(() => expect(socket.closed).toBe(true))
    expect(received()).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*400 Bad Request$/)
  })

  test('cost nobody the answers before them, however much is sent behind', async () => {
    const it = await start()
    it.put('long', 'x'.repeat(1_000_000))
    const { socket, received } = dial(it)
    socket.pause()
    const requests = ['GET /v1/word/long', 'GET /v1/status%zz', 'PUT /v1/reads', 'GET /v1/status']
    const body = 'y'.repeat(4_000_000)
    for (const line of requests) {
      const unread = line.startsWith('PUT') ? `Content-Length: ${body.length}\r\n\r\n${body}` : '\r\n'
      socket.write(`${line} HTTP/1.1\r\nHost: x\r\n${unread}`)
    }
    // By then the server is done with this connection, and most of the long answer is still on its way.
    for (let at = 0; at < 5; at++) await it.get('/v1/status')
    socket.resume()
    await vi.waitFor(() => expect(socket.closed).toBe(true))
    expect(received().length).toBeGreaterThan(1_000_000)
    expect(received()).toMatch(/HTTP\/1\.1 400 Bad Request\r\n[\s\S]{0,300}400 Bad Request$/)
  })

  test('behind a request do not spoil its reply', async () => {
    const { socket, received } = dial(await start())
    socket.write('GET /v1/slow HTTP/1.1\r\nHost: x\r\n\r\nGARBAGE\r\n\r\n')
    await vi.waitFor(() => expect(slow).toHaveLength(1))
    slow.pop()?.()
    await vi.waitFor(() => expect(socket.closed).toBe(true))
    expect(received()).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*slow but done$/)
  })

  test('leave the server as it was', async () => {
    const it = await start()
    const { socket } = dial(it)
    socket.write('\r\n\r\n\r\nnonsense')
    expect((await it.get('/v1/status')).text).toBe('"fine"')
    expect(it.faults).toEqual([])
  })
})

test('requests sent ahead are answered in order, by either way', async () => {
  const it = await start()
  it.put('a', 'x')
  await it.get('/v1/word/a')
  const { socket, received } = dial(it)
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
  socket.write(get('/v1/status') + get('/v1/word/a') + get('/v1/nope') + get('/v1/word/a'))
  await vi.waitFor(() => expect(received().match(/HTTP\/1\.1 \d+/g)).toHaveLength(4))
  expect(received().match(/HTTP\/1\.1 \d+/g)).toEqual(['200', '200', '404', '200'].map((it) => `HTTP/1.1 ${it}`))
})

test('OPTIONS * is answered', async () => {
  const { socket, received } = dial(await start())
  socket.write('OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  await vi.waitFor(() => expect(received()).toMatch(/^HTTP\/1\.1 200 OK/))
})

test('a handler that throws is a fault, of which the client learns nothing but that', async () => {
  const it = await start()
  for (const method of ['GET', 'PUT']) {
    const reply = await it.send(method, '/v1/broken')
    expect(reply).toMatchObject({ status: 500, text: 'Internal error: the agent has logged what happened' })
  }
  expect(it.faults.map(({ plugin, where }) => `${plugin} ${where}`)).toEqual(['http-api request', 'http-api request'])
})

test.for(['hot', 'koa'])('a header that no client could read spoils no reply by the %s way', async (way) => {
  const it = await start({
    routes: () => [
      {
        methods: ['GET'],
        path: `/v1/${way}/:name`,
        summary: '',
        hot: way === 'hot',
        answer: ({ params }) => {
          const headers: Record<string, string> =
            params.name === 'value'
              ? { 'X-Consul-Reason': 'line one\r\nSet-Cookie: ü\u2028\u0000' }
              : { 'no name': 'x' }
          return { ...text('ok'), headers }
        },
      },
    ],
  })
  const reply = await it.get(`/v1/${way}/value`)
  expect(reply).toMatchObject({ status: 200, text: 'ok' })
  expect(reply.headers['set-cookie']).toBeUndefined()
  expect(Buffer.from(String(reply.headers['x-consul-reason']), 'latin1').toString()).toBe(
    'line one  Set-Cookie: ü\u2028',
  )
  await it.get(`/v1/${way}/name`).catch(() => {})
  expect(it.faults).toHaveLength(1)
  expect((await it.get(`/v1/${way}/value`)).status).toBe(200)
})

test('paths that print nothing are refused unless allowed', async () => {
  const it = await start()
  expect(await it.get('/v1/word/%00')).toMatchObject({ status: 400, text: '' })
  expect(await it.get('/v1/status%07')).toMatchObject({ status: 400, text: '' })
  await it.stop()
  const open = await start({ options: { allowUnprintablePaths: true } })
  expect(await open.get('/v1/word/%00')).toMatchObject({ status: 200, text: 'null' })
})

test('an agent with -dev indents all JSON', async () => {
  const it = await start({ node: { dev: true } })
  it.put('a', 'x')
  for (const _ of [1, 2]) expect((await it.get('/v1/word/a')).text).toBe('{\n    "Key": "a",\n    "Word": "x"\n}\n')
  expect((await it.get('/v1/status')).text).toBe('"fine"\n')
})

test('each request has a record at level debug', async () => {
  const it = await start({ logLevel: 'debug' })
  it.put('a', 'x')
  await it.get('/v1/status?pretty')
  await it.get('/v1/word/a')
  await it.get('/v1/word/a')
  const records = it.lines.filter((line) => line.includes('Request finished'))
  expect(records).toHaveLength(3)
  expect(records[0]).toMatch(
    /\[DEBUG\] agent\.http-api: Request finished: method=GET url="?\/v1\/status\?pretty"? from=127\.0\.0\.1:\d+ latency=[\d.]+(?:µs|ms)\n$/,
  )
})

describe('stopping', () => {
  test('lets a running request end', async () => {
    const it = await start()
    const reply = it.get('/v1/slow')
    await vi.waitFor(() => expect(slow).toHaveLength(1))
    const stopped = it.stop()
    slow.pop()?.()
    expect((await reply).text).toBe('slow but done')
    await stopped
  })

  test('closes idle connections, ends streams and tells who waits', async () => {
    const it = await start()
    const idle = dial(it)
    idle.socket.write('GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n')
    await vi.waitFor(() => expect(idle.received()).toContain('fine'))
    const stream = dial(it)
    stream.socket.write('GET /v1/forever HTTP/1.1\r\nHost: x\r\n\r\n')
    await vi.waitFor(() => expect(stream.received()).toContain('first'))
    const patient = it.get('/v1/patient')
    await vi.waitFor(async () => expect((await it.get('/v1/status')).status).toBe(200))
    await it.stop()
    expect(await patient).toMatchObject({ status: 503 })
    expect(stream.received()).toContain('last')
    await vi.waitFor(() => expect(idle.socket.closed && stream.socket.closed).toBe(true))
    expect(it.faults).toEqual([])
  })
})
