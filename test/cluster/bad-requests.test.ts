import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask as askDns } from '../../plugins/dns/testing/dns-agent.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { agentPorts, scratchDir } from './agent-process.ts'
import { type Server, startServer } from './server.ts'

let server: Server
beforeAll(async () => {
  server = await startServer()
  await server.put('/v1/kv/kept', 'as it is')
  await server.put('/v1/agent/service/register', { Name: 'web', Port: 80 })
  await server.printed(/Synced service: service=web/)
})
afterAll(() => server?.stop())

/** Everything a request could have changed, with the indexes that tell of a change nobody sees. */
async function state() {
  const paths = [
    '/v1/kv/?recurse',
    '/v1/catalog/nodes',
    '/v1/catalog/services',
    '/v1/agent/services',
    '/v1/agent/checks',
  ]
  const answers = await Promise.all(paths.map((path) => server.ask(path)))
  return answers.map(({ status, headers, body }) => ({ status, index: headers['x-consul-index'], body }))
}

describe('a body that is not what the endpoint takes is answered 400 and changes nothing:', () => {
  const endpoints = [
    '/v1/agent/service/register',
    '/v1/agent/check/register',
    '/v1/catalog/register',
    '/v1/catalog/deregister',
  ]
  const bodies: [name: string, body: string | Buffer][] = [
    ['no JSON', 'Name=web&Port=80'],
    ['cut off', '{"Name": "web", "Port": 8'],
    ['a list', '[{"Name": "web"}]'],
    ['a number', '5'],
    ['a field of the wrong type', '{"Name": {"web": true}, "Node": 5, "Address": []}'],
    ['bytes that are no text', Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d])],
    ['nested without end', '['.repeat(100_000)],
    ['nested deeply', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
    ['two documents', '{"Name": "web"} {"Name": "db"}'],
  ]
  test.for(endpoints.flatMap((path) => bodies.map(([name, body]) => [path, name, body] as const)))(
    '%s with %s',
    async ([path, , body]) => {
      const before = await state()
      const answer = await server.ask(path, { method: 'PUT', body })
      expect(answer.status, answer.body).toBe(400)
      expect(answer.body).not.toBe('')
      expect(await state()).toEqual(before)
    },
  )
})

test.for([
  ['a key', '/v1/kv/big', 'x'.repeat(512 * 1024 + 1)],
  ['a service', '/v1/agent/service/register', JSON.stringify({ Name: 'big', Meta: { a: 'x'.repeat(600_000) } })],
  ['a node', '/v1/catalog/register', JSON.stringify({ Node: 'big', Address: 'x'.repeat(600_000) })],
] as const)('a body too large for %s is refused, whether its length is announced or not', async ([, path, body]) => {
  const before = await state()
  expect((await server.ask(path, { method: 'PUT', body })).status).toBe(413)
  const chunked = await server.ask(path, { method: 'PUT', body, headers: { 'transfer-encoding': 'chunked' } })
  expect(chunked.status).toBe(413)
  expect(chunked.body).toMatch(/too large, max size: \d+ bytes/)
  expect(await state()).toEqual(before)
})

test('a key takes a value of exactly the limit', async () => {
  const value = 'y'.repeat(512 * 1024)
  expect(await server.put('/v1/kv/limit', value)).toBe('true')
  expect((await server.get('/v1/kv/limit?raw')) === value).toBe(true)
  await server.ask('/v1/kv/limit', { method: 'DELETE' })
})

test.for(['-1', '1.5', '0x10', '1e3', '%2B5', 'x', '%20', '18446744073709551616', '9'.repeat(5000)])(
  'index=%s is refused',
  async (index) => {
    for (const path of ['/v1/kv/kept', '/v1/health/service/web', '/v1/catalog/nodes']) {
      expect(await server.ask(`${path}?index=${index}`)).toMatchObject({ status: 400, body: 'Invalid index' })
    }
  },
)

test.for(['5', 'forever', '5x', '1e3s', '9999999999999h', '%E2%88%9E', '-', `${'1'.repeat(5000)}s`])(
  'wait=%s is refused',
  async (wait) => {
    for (const path of ['/v1/kv/kept', '/v1/health/service/web', '/v1/catalog/nodes']) {
      expect(await server.ask(`${path}?wait=${wait}`)).toMatchObject({ status: 400, body: 'Invalid wait time' })
    }
  },
)

test.for(['0', '1', '18446744073709551615'])('index=%s, strange but a number, is answered in time', async (index) => {
  const answer = await server.ask(`/v1/kv/kept?raw&index=${index}&wait=10ms`)
  expect(answer).toMatchObject({ status: 200, body: 'as it is' })
})

test.for(['-5m', '0s', '87600h', '-0.0000001ns'])('wait=%s holds up no reader who need not wait', async (wait) => {
  expect(await server.ask(`/v1/kv/kept?raw&index=1&wait=${wait}`)).toMatchObject({ status: 200, body: 'as it is' })
})

test('unknown routes, wrong methods and broken requests are answered, and the server goes on', async () => {
  const before = await state()
  expect((await server.ask('/v1/no/such/thing')).status).toBe(404)
  expect((await server.ask('/')).status).toBeLessThan(500)
  expect((await server.ask('/v1/kv/kept', { method: 'POST' })).status).toBe(405)
  expect((await server.ask('/v1/catalog/register')).status).toBe(405)
  expect((await server.ask('/v1/kv/kept?dc=%zz')).status).toBeGreaterThanOrEqual(400)
  for (const text of [
    'GARBAGE\r\n\r\n',
    'GET /v1/kv/kept HTTP/1.1\r\nContent-Length: -5\r\n\r\n',
    `GET /${'x'.repeat(100_000)} HTTP/1.1\r\n\r\n`,
  ]) {
    expect(await rawExchange(server.ports.http, text)).toMatch(/^HTTP\/1\.1 4\d\d /)
  }
  expect(await state()).toEqual(before)
})

test('keys may hold any bytes, and each is a key of its own', async () => {
  using dir = scratchDir()
  const args = ['-hcl=disable_http_unprintable_char_filter = true']
  const ports = await agentPorts()
  const pathOf = (byte: number) => `/v1/kv/any/k%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  {
    await using first = await startServer({ dataDir: dir.path, args, ports })
    for (let byte = 0; byte < 256; byte++) await first.put(pathOf(byte), `byte ${byte}`)
    for (let byte = 0; byte < 256; byte++) expect(await first.get(`${pathOf(byte)}?raw`)).toBe(`byte ${byte}`)
    expect(await first.json('/v1/kv/any/?keys')).toHaveLength(256)
    await first.stop('SIGKILL')
  }
  await using second = await startServer({ dataDir: dir.path, args, ports })
  for (let byte = 0; byte < 256; byte++) expect(await second.get(`${pathOf(byte)}?raw`)).toBe(`byte ${byte}`)
  const all = Array.from({ length: 256 }, (_, byte) => pathOf(byte).slice('/v1/kv/any/k'.length)).join('')
  await second.put(`/v1/kv/all/${all}`, 'every byte')
  expect(await second.get(`/v1/kv/all/${all}?raw`)).toBe('every byte')
  await second.ask('/v1/kv/any/?recurse', { method: 'DELETE' })
  expect((await second.ask('/v1/kv/any/?keys')).status).toBe(404)
})

test('unless configured, bytes that cannot be printed are refused in a path as Consul does, and change nothing', async () => {
  const pathOf = (byte: number) => `/v1/kv/filtered/k%${byte.toString(16).padStart(2, '0')}`
  const printable = (byte: number) => byte >= 0x20 && byte !== 0x7f
  const bytes = Array.from({ length: 256 }, (_, byte) => byte)

  const before = await state()
  for (const byte of bytes.filter((byte) => !printable(byte))) {
    const { status } = await server.ask(pathOf(byte), { method: 'PUT', body: 'x' })
    expect({ byte, status }).toEqual({ byte, status: 400 })
  }
  expect(await state()).toEqual(before)
  for (const byte of bytes.filter(printable)) expect(await server.put(pathOf(byte), 'x')).toBe('true')
  expect((await server.ask('/v1/kv/filtered/?recurse', { method: 'DELETE' })).status).toBe(200)
})

test('no packet stops DNS or is answered with garbage', async () => {
  const { dns: port } = server.ports
  const socket = createSocket('udp4')
  const answers: Buffer[] = []
  socket.on('message', (packet) => answers.push(packet))
  const question = Buffer.from('12340100000100000000000003777777077365727669636506636f6e73756c0000010001', 'hex')
  const random = seededRandom(20)
  for (let round = 0; round < 2000; round++) {
    const packet = Buffer.from(question)
    for (let flips = 0; flips <= random.below(6); flips++) packet[random.below(packet.length)] = random.below(256)
    await new Promise((sent) =>
      socket.send(packet.subarray(0, random.below(packet.length + 1)), port, '127.0.0.1', sent),
    )
  }
  const told = await askDns(`127.0.0.1:${port}`, { name: 'web.service.consul', type: 'SRV' })
  expect(told.answers).toHaveLength(1)
  socket.close()
  for (const answer of answers) {
    expect(answer.length).toBeGreaterThanOrEqual(12)
    expect(answer[2]! & 0x80, 'it is marked as a response').toBe(0x80)
  }
  expect(server.output).not.toContain('fault in a plugin')
  expect(server.output).not.toContain('Internal error')
})

async function rawExchange(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1')
  socket.write(text)
  const [head] = (await once(socket, 'data')) as [string]
  socket.destroy()
  return head
}
