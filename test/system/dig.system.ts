import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../cluster/agent-process.ts'
import { type Server, startServer } from '../cluster/server.ts'

let server: Server

beforeAll(async () => {
  server = await startServer({
    args: ['-node=digger', '-node-meta=rack:r7', '-hcl=dns_config { enable_truncate = true }'],
  })
  await server.put('/v1/agent/service/register', { Name: 'web', ID: 'web1', Port: 8080, Tags: ['blue'] })
  for (let number = 1; number <= 60; number++) {
    const Node = `far-${number}`
    const Service = { Service: 'wide', ID: `wide-${number}`, Port: 9000 + number }
    await server.put('/v1/catalog/register', { Node, Address: `198.51.100.${number}`, Service })
  }
  await server.put('/v1/catalog/register', {
    Node: 'six',
    Address: '2001:db8::6',
    Service: { Service: 'six', Port: 6 },
  })
  await server.put('/v1/agent/service/register', { Name: 'ill', Check: { TTL: '10m' } })
  await eventually(async () => ((await server.json('/v1/health/service/web?passing')).length === 1 ? true : undefined))
})
afterAll(() => server?.stop())

interface Dug {
  readonly status: string
  readonly flags: string[]
  readonly answers: string[]
  readonly authorities: string[]
  readonly additionals: string[]
  readonly text: string
}

/** What dig shows for a question put to the server. Rejects when dig is missing or gets no answer. */
async function dig(...question: string[]): Promise<Dug> {
  const args = ['@127.0.0.1', '-p', String(server.ports.dns), '+tries=1', '+time=5', '+nocookie', ...question]
  const { stdout: text } = await promisify(execFile)('dig', args)
  const section = (name: string) => {
    const lines = new RegExp(`^;; ${name} SECTION:\n((?:.+\n)*)`, 'm').exec(text)?.[1] ?? ''
    return lines.split('\n').flatMap((line) => (line === '' ? [] : [line.replaceAll(/\s+/g, ' ')]))
  }
  return {
    status: /status: (\w+)/.exec(text)?.[1] ?? '',
    flags: /flags: ([a-z ]*);/.exec(text)?.[1]?.split(' ') ?? [],
    answers: section('ANSWER'),
    authorities: section('AUTHORITY'),
    additionals: section('ADDITIONAL'),
    text,
  }
}

test('A: the address of a service and of a node, in any letter case', async () => {
  const { status, flags, answers } = await dig('web.service.consul', 'A')
  expect({ status, answers }).toEqual({ status: 'NOERROR', answers: ['web.service.consul. 0 IN A 127.0.0.1'] })
  expect(flags).toEqual(expect.arrayContaining(['qr', 'aa', 'rd']))
  expect((await dig('WEB.Service.CONSUL', 'A')).answers).toEqual(['WEB.Service.CONSUL. 0 IN A 127.0.0.1'])
  expect((await dig('digger.node.dc1.consul', 'A')).answers).toEqual(['digger.node.dc1.consul. 0 IN A 127.0.0.1'])
  expect((await dig('blue.web.service.consul', 'A')).answers).toHaveLength(1)
})

test('AAAA: of a node that has one; empty for one that has not', async () => {
  expect((await dig('six.service.consul', 'AAAA')).answers).toEqual(['six.service.consul. 0 IN AAAA 2001:db8::6'])
  const none = await dig('web.service.consul', 'AAAA')
  expect(none).toMatchObject({ status: 'NOERROR', answers: [] })
  expect(none.authorities.join()).toMatch(/^consul\. 0 IN SOA ns\.consul\. hostmaster\.consul\. /)
})

test('SRV: target and port, with the address beside it', async () => {
  for (const name of ['web.service.consul', '_web._tcp.service.consul', '_web._blue.service.consul']) {
    const { status, answers, additionals } = await dig(name, 'SRV')
    const target = 'digger.node.dc1.consul.'
    expect({ status, answers }).toEqual({ status: 'NOERROR', answers: [`${name}. 0 IN SRV 1 1 8080 ${target}`] })
    expect(additionals).toContain(`${target} 0 IN A 127.0.0.1`)
  }
})

test('ANY and TXT: what else there is of a node', async () => {
  expect((await dig('digger.node.consul', 'ANY')).answers.join('\n')).toContain('digger.node.consul. 0 IN A 127.0.0.1')
  expect((await dig('digger.node.consul', 'TXT')).text).toContain('"rack=r7"')
})

test('reverse: the name of an address', async () => {
  expect((await dig('-x', '198.51.100.7')).answers).toEqual([
    '7.100.51.198.in-addr.arpa. 0 IN PTR far-7.node.dc1.consul.',
  ])
})

test('SOA and NS of the zone', async () => {
  expect((await dig('consul', 'SOA')).answers.join()).toMatch(
    /^consul\. 0 IN SOA ns\.consul\. hostmaster\.consul\. \d+ /,
  )
  expect((await dig('consul', 'NS')).answers).toEqual(['consul. 0 IN NS digger.node.dc1.consul.'])
})

test('over UDP a long answer is cut and says so; over TCP it is whole', async () => {
  const cut = await dig('wide.service.consul', 'A', '+noedns', '+ignore')
  expect(cut.flags).toContain('tc')
  expect(cut.answers.length).toBeGreaterThan(0)
  expect(Number(/MSG SIZE +rcvd: (\d+)/.exec(cut.text)?.[1])).toBeLessThanOrEqual(512)

  const whole = await dig('wide.service.consul', 'A', '+tcp')
  expect(whole.flags).not.toContain('tc')
  expect(new Set(whole.answers).size).toBe(60)
  expect((await dig('wide.service.consul', 'SRV', '+tcp')).additionals.length).toBeGreaterThanOrEqual(60)
})

test('instances come in changing order', async () => {
  const seen = new Set<string | undefined>()
  for (let round = 0; round < 20; round++) seen.add((await dig('wide.service.consul', 'A', '+tcp')).answers[0])
  expect(seen.size).toBeGreaterThan(3)
})

test('a name that does not exist, one without a healthy instance, and one that is not ours', async () => {
  const missing = await dig('nothing.service.consul', 'A')
  expect(missing).toMatchObject({ status: 'NXDOMAIN', answers: [] })
  expect(missing.authorities.join()).toMatch(/SOA/)
  expect(await dig('ill.service.consul', 'A')).toMatchObject({ status: 'NXDOMAIN', answers: [] })
  expect(await dig('www.example.com', 'A')).toMatchObject({ status: 'REFUSED', answers: [] })
})

test('a service with a TTL check appears when it passes and disappears when it lapses', async () => {
  await server.put('/v1/agent/service/register', { Name: 'beat', Port: 7, Check: { TTL: '1s' } })
  await server.put('/v1/agent/check/pass/service:beat')
  const count = async (type: string) => (await dig('beat.service.consul', type)).answers.length
  const passing = setInterval(() => void server.put('/v1/agent/check/pass/service:beat').catch(() => undefined), 250)
  await eventually(async () => ((await count('A')) === 1 && (await count('SRV')) === 1 ? true : undefined))
  clearInterval(passing)
  await eventually(async () => ((await count('A')) === 0 && (await count('SRV')) === 0 ? true : undefined))
})
