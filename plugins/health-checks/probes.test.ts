import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { freePort } from '../../src/testing/free-ports.ts'
import { definition } from './definition.fixture.ts'
import { CheckTimeoutError } from './errors.ts'
import { httpProbe } from './types/http.ts'
import { scriptProbe } from './types/script.ts'
import { tcpProbe } from './types/tcp.ts'

const { signal } = new AbortController()

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

const serving = (listener: RequestListener) => listening(createHttpServer(listener))
const get = (args: Record<string, unknown>, outputMaxBytes = 4096) =>
  httpProbe(definition({ type: 'http', args, outputMaxBytes }))(signal)

describe('an HTTP check', () => {
  test.for([
    [200, 'passing', '200 OK'],
    [204, 'passing', '204 No Content'],
    [429, 'warning', '429 Too Many Requests'],
    [404, 'critical', '404 Not Found'],
    [500, 'critical', '500 Internal Server Error'],
  ] as const)('answered %i is %s', async ([code, status, line]) => {
    const port = await serving((_request, response) => void response.writeHead(code).end())
    const HTTP = `http://127.0.0.1:${port}/health?x=1`
    expect(await get({ HTTP })).toMatchObject({ status, output: `HTTP GET ${HTTP}: ${line} Output: ` })
  })

  test('sends method, headers and body, and its own name', async () => {
    const port = await serving((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk) => chunks.push(chunk))
      request.on('end', () => {
        const { host, accept, 'user-agent': agent, 'x-foo': foo } = request.headers
        response.end(
          JSON.stringify({ method: request.method, host, accept, agent, foo, body: Buffer.concat(chunks).toString() }),
        )
      })
    })
    const Header = { 'X-Foo': ['bar', 'baz'], Host: ['web.example'] }
    const { output } = await get({ HTTP: `http://127.0.0.1:${port}/`, Method: 'POST', Header, Body: 'sent' })
    expect(JSON.parse(output.split('Output: ')[1]!)).toEqual({
      method: 'POST',
      host: 'web.example',
      accept: 'text/plain, text/*, */*',
      agent: 'Consul Health Check',
      foo: 'bar, baz',
      body: 'sent',
    })
  })

  test('follows redirects unless told not to, and not for ever', async () => {
    const port = await serving((request, response) => {
      if (request.url === '/end') response.end('there')
      else response.writeHead(302, { Location: request.url === '/start' ? '/end' : '/loop' }).end()
    })
    const base = `http://127.0.0.1:${port}`
    expect((await get({ HTTP: `${base}/start` })).output).toContain('200 OK Output: there')
    expect(await get({ HTTP: `${base}/start`, DisableRedirects: true })).toMatchObject({ status: 'critical' })
    expect((await get({ HTTP: `${base}/loop` })).output).toContain('stopped after 10 redirects')
  })

  test('keeps the end of a long body', async () => {
    const port = await serving((_request, response) => response.end('0123456789'))
    expect(await get({ HTTP: `http://127.0.0.1:${port}/` }, 4)).toMatchObject({
      output: expect.stringMatching(/Output: 6789$/),
      bounded: true,
    })
  })

  test('that nobody answers is critical and says why', async () => {
    const port = await freePort()
    const HTTP = `http://127.0.0.1:${port}/`
    expect(await get({ HTTP })).toEqual({
      status: 'critical',
      output: `Get "${HTTP}": dial tcp 127.0.0.1:${port}: connect: connection refused`,
    })
  })

  test('that is not answered in time says so', async () => {
    const over = new AbortController()
    const port = await listening(createServer(() => over.abort(new CheckTimeoutError(1000))))
    const HTTP = `http://127.0.0.1:${port}/`
    expect(await httpProbe(definition({ args: { HTTP } }))(over.signal)).toEqual({
      status: 'critical',
      output: `Get "${HTTP}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    })
  })

  test.for([
    [{ HTTP: 'ftp://x/' }, 'HTTP must be a URL'],
    [{ HTTP: 'web' }, 'HTTP must be a URL'],
    [{ HTTP: 'http://x/', Header: { 'a b': ['c'] } }, 'a name that HTTP does not allow'],
    [{ HTTP: 'http://x/', Header: { a: ['c\r\nX: y'] } }, 'a value with a line break'],
  ] as const)('%j is refused', ([args, message]) => {
    expect(() => httpProbe(definition({ args }))).toThrow(message)
  })
})

describe('a TCP check', () => {
  const connect = (TCP: string) => tcpProbe(definition({ args: { TCP } }))(signal)

  test('passes when somebody listens', async () => {
    const port = await listening(createServer((socket) => socket.destroy()))
    expect(await connect(`127.0.0.1:${port}`)).toEqual({
      status: 'passing',
      output: `TCP connect 127.0.0.1:${port}: Success`,
    })
  })

  test('is critical when nobody does', async () => {
    const port = await freePort()
    expect(await connect(`127.0.0.1:${port}`)).toEqual({
      status: 'critical',
      output: `dial tcp 127.0.0.1:${port}: connect: connection refused`,
    })
  })

  test.for(['web', ':80', 'web:', 'web:99999', '::1:80', 'web:80:90'])('of %s is refused', (TCP) => {
    expect(() => connect(TCP)).toThrow('TCP must be host:port')
  })
})

describe('a script check', () => {
  const run = (ScriptArgs: readonly string[], during = signal, outputMaxBytes = 4096) =>
    scriptProbe(definition({ type: 'script', args: { ScriptArgs }, outputMaxBytes }))(during)

  test.for([
    [0, 'passing'],
    [1, 'warning'],
    [2, 'critical'],
    [77, 'critical'],
  ] as const)('that exits with %i is %s', async ([code, status]) => {
    expect(await run(['/bin/sh', '-c', `echo out; echo err >&2; exit ${code}`])).toMatchObject({
      status,
      output: expect.stringMatching(/^(out\nerr\n|err\nout\n)$/),
    })
  })

  test("that runs sees the agent's environment without what the launcher added for the agent", async () => {
    vi.stubEnv('PROCONSUL_ENV', 'FOR_THE_AGENT')
    vi.stubEnv('FOR_THE_AGENT', '1')
    vi.stubEnv('FOR_ALL', '2')
    const { output } = await run(['env'])
    vi.unstubAllEnvs()
    expect(output).toContain('FOR_ALL=2')
    expect(output).not.toContain('FOR_THE_AGENT')
  })

  test('keeps the end of a long output and says so', async () => {
    expect((await run(['/bin/echo', '0123456789'], signal, 5)).output).toBe('Captured 5 of 11 bytes\n...\n6789\n')
  })

  test('that cannot be started says why', async () => {
    await expect(run(['/no/such/program'])).rejects.toThrow('ENOENT')
  })

  test('is killed with all it started when its time is over', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'proconsul-script-'))
    onTestFinished(() => rmSync(dir, { recursive: true }))
    const file = join(dir, 'pid')
    const over = new AbortController()
    const ended = run(['/bin/sh', '-c', `sleep 1000 & echo $! > ${file}; wait`], over.signal)
    await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8')).toMatch(/^\d+\n$/)
    over.abort(new CheckTimeoutError(1000))
    await expect(ended).rejects.toThrow('Timed out (1s) running check')
    await expect.poll(() => isAlive(Number(readFileSync(file, 'utf8')))).toBe(false)
  })
})

/** A process that has ended and that nobody has asked about yet is dead too. */
function isAlive(pid: number): boolean {
  return (
    spawnSync('ps', ['-o', 'stat=', '-p', String(pid)])
      .stdout.toString()
      .trim()
      .replace(/^Z.*/, '') !== ''
  )
}
