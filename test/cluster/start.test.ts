import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { AgentProcess, agentPorts, eventually, scratchDir } from './agent-process.ts'
import { Server, serverFlags, startServer } from './server.ts'

test('a first start says who the agent is and passes the milestones in their order', async () => {
  using dir = scratchDir()
  const args = ['-node=first', '-datacenter=east']
  await using server = await startServer({ dataDir: join(dir.path, 'made/by/the/agent'), args })
  await server.printed(/Synced node info/)

  const { ports } = server
  expectInOrder(server.output, [
    '==> Starting Proconsul agent...',
    /^ +Version: '\d+\.\d+\.\d+' \(speaks Consul 1\.10\.12\)$/m,
    /^ +Node ID: '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'$/m,
    /^ +Node name: 'first'$/m,
    /^ +Datacenter: 'east' \(Segment: '<all>'\)$/m,
    /^ +Server: true \(Bootstrap: true\)$/m,
    `Client Addr: [127.0.0.1] (HTTP: ${ports.http}, HTTPS: -1, gRPC: -1, DNS: ${ports.dns})`,
    `Cluster Addr: 127.0.0.1 (LAN: ${ports.serfLan}, WAN: ${ports.serfWan}, RPC: ${ports.server})`,
    '==> Log data will now stream in as it occurs:',
    `entering follower state: follower="Node at 127.0.0.1:${ports.server} [Follower]" leader=`,
    `entering candidate state: node="Node at 127.0.0.1:${ports.server} [Candidate]" term=2`,
    'election won: tally=1',
    `entering leader state: leader="Node at 127.0.0.1:${ports.server} [Leader]"`,
    'cluster leadership acquired',
    'New leader elected: payload=first',
    'Synced node info',
  ])
  expect(server.output.match(/New leader elected/g)).toHaveLength(1)
  expect(server.output).toContain(`Started DNS server: address=127.0.0.1:${ports.dns} network=udp`)
  expect(server.output).toContain(`Starting server: address=127.0.0.1:${ports.http} network=tcp protocol=http`)
  expect(server.stderr).toBe('')
})

test('with -dev the agent leads at once and writes nothing', async () => {
  using dir = scratchDir()
  const [cwd, tmp, home] = ['cwd', 'tmp', 'home'].map((name) => join(dir.path, name)) as [string, string, string]
  for (const folder of [cwd, tmp, home]) mkdirSync(folder)
  await using server = await startServer({ cwd, env: { ...process.env, TMPDIR: tmp, HOME: home } })
  await server.put('/v1/kv/a', 'b')
  await server.put('/v1/agent/service/register', { Name: 'web', Check: { TTL: '1m' } })
  expect(await server.get('/v1/kv/a?raw')).toBe('b')
  expect(server.output).toMatch(/Data dir: \(none: everything is kept in memory\)/)
  expect(await server.stop()).toEqual({ code: 0, signal: null })
  expect([cwd, tmp, home].flatMap((folder) => readdirSync(folder))).toEqual([])
})

test.for(['SIGTERM', 'SIGINT'] as const)(
  '%s ends the agent cleanly and soon, also with 100 blocking queries open',
  async (signal) => {
    await using server = await startServer()
    await server.put('/v1/kv/watched', 'unchanged')
    const waiting = await blockedReads(server, 100)
    const sentAt = performance.now()
    expect(await server.stop(signal)).toEqual({ code: 0, signal: null })
    expect(performance.now() - sentAt).toBeLessThan(3000)
    expect(server.output).toContain(`Caught: signal=${signal.toLowerCase()}`)
    await Promise.all(waiting)
  },
)

test('a second signal ends an agent that is slow to stop', async () => {
  using dir = scratchDir()
  const plugin = join(dir.path, 'never-done.mjs')
  writeFileSync(
    plugin,
    `export default {
      name: 'never-done',
      setup(agent) {
        agent.hooks.stop.tapPromise('never-done', () => new Promise(() => setInterval(() => {}, 1000)))
      },
    }`,
  )
  await using server = await startServer({ args: [`-plugin=${plugin}`] })
  server.kill('SIGTERM')
  await server.printed(/Caught: signal=sigterm/)
  server.kill('SIGINT')
  expect(await server.exited).toEqual({ code: 1, signal: null })
})

test('a timer that a plugin forgot does not keep a stopped agent alive', async () => {
  using dir = scratchDir()
  const plugin = join(dir.path, 'forgetful.mjs')
  writeFileSync(plugin, "export default { name: 'forgetful', setup() { setInterval(() => {}, 1000) } }")
  await using server = await startServer({ args: [`-plugin=${plugin}`] })
  expect(await server.stop()).toEqual({ code: 0, signal: null })
})

test('a signal also ends an agent that has not finished starting', async () => {
  using dir = scratchDir()
  const plugin = join(dir.path, 'still-starting.mjs')
  writeFileSync(
    plugin,
    `export default {
      name: 'still-starting',
      requires: ['node'],
      setup(agent) {
        agent.hooks.start.tapPromise('still-starting', () => {
          agent.log.info('here we are')
          return new Promise(() => setInterval(() => {}, 1000))
        })
      },
    }`,
  )
  await using agent = new AgentProcess([...serverFlags(await agentPorts()), `-plugin=${plugin}`])
  await agent.printed(/still-starting: here we are/)
  expect(await agent.stop()).toEqual({ code: 0, signal: null })
})

test('SIGHUP changes the log level and says which keys wait for a restart', async () => {
  using dir = scratchDir()
  const file = join(dir.path, 'agent.hcl')
  writeFileSync(file, 'log_level = "INFO"\nnode_name = "one"')
  await using server = await startServer({ dataDir: join(dir.path, 'data'), args: [`-config-file=${file}`] })
  await server.get('/v1/agent/self')
  expect(server.output).not.toContain('[DEBUG]')

  writeFileSync(file, 'log_level = "DEBUG"\nnode_name = "two"')
  server.kill('SIGHUP')
  await server.printed(/Configuration reloaded: changed=log_level/)
  expect(server.output).toMatch(/\[WARN\] +agent: settings that wait for the next start: keys=node_name/)
  await server.get('/v1/kv/?keys').catch(() => undefined)
  await server.printed(/\[DEBUG\] agent\.http/)
  expect((await server.json('/v1/agent/self')).Config.NodeName).toBe('one')
})

test('SIGHUP with a broken file keeps the configuration that works, and a corrected file is taken later', async () => {
  using dir = scratchDir()
  const file = join(dir.path, 'agent.hcl')
  writeFileSync(file, 'log_level = "INFO"')
  await using server = await startServer({ args: [`-config-file=${file}`, '-log-level=INFO'] })

  writeFileSync(file, 'log_level = "INFO"\nlog_levle = "DEBUG"')
  server.kill('SIGHUP')
  await server.printed(/configuration not reloaded.*agent\.hcl:2:1: log_levle/)
  expect(await server.json('/v1/status/leader')).toBe(`127.0.0.1:${server.ports.server}`)

  writeFileSync(file, 'log_level = "INFO"\ndns_config { node_ttl = "7s" }')
  server.kill('SIGHUP')
  await server.printed(/Configuration reloaded: changed=dns_config\.node_ttl/)
})

test('SIGHUP takes over the services and checks that the files define now, and leaves others alone', async () => {
  using dir = scratchDir()
  const file = join(dir.path, 'agent.hcl')
  writeFileSync(
    file,
    'service { name = "a" }\nservice { name = "b" port = 2 }\ncheck { id = "c" name = "c" ttl = "10m" }',
  )
  await using server = await startServer({ args: [`-config-file=${file}`] })
  await server.put('/v1/agent/service/register', { Name: 'by-hand' })
  expect(Object.keys(await server.json('/v1/agent/services')).sort()).toEqual(['a', 'b', 'by-hand'])

  writeFileSync(file, 'service { name = "b" port = 22 }\nservice { name = "d" }')
  server.kill('SIGHUP')
  await server.printed(/Configuration reloaded/)
  await eventually(async () => ('d' in (await server.json('/v1/catalog/services')) ? true : undefined))
  expect(await server.json('/v1/agent/services')).toMatchObject({ b: { Port: 22 }, d: {}, 'by-hand': {} })
  expect(await server.json('/v1/agent/checks')).toEqual({})
  await eventually(async () => ('a' in (await server.json('/v1/catalog/services')) ? undefined : true))
})

test('with -log-json every line of standard output is a JSON record', async () => {
  await using server = await startServer({ args: ['-log-json'] })
  await server.put('/v1/kv/a', 'b')
  await server.stop()
  const records = server.stdout.trimEnd().split('\n')
  expect(records.length).toBeGreaterThan(5)
  for (const line of records) {
    expect(JSON.parse(line)).toMatchObject({
      '@level': expect.stringMatching(/^(trace|debug|info|warn|error)$/),
      '@message': expect.any(String),
      '@module': expect.stringMatching(/^agent/),
      '@timestamp': expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    })
  }
  expect(server.stderr).toBe('')
})

test('the pid file holds the process id while the agent runs, and goes with it', async () => {
  using dir = scratchDir()
  const file = join(dir.path, 'agent.pid')
  await using server = await startServer({ args: [`-pid-file=${file}`] })
  expect(readFileSync(file, 'utf8').trim()).toBe(String(server.child.pid))
  await server.stop()
  expect(readdirSync(dir.path)).toEqual([])
})

test('a server that lost its id does not lead with what another wrote, and says how to go on', async () => {
  using dir = scratchDir()
  const ports = await agentPorts()
  await using first = await startServer({ dataDir: dir.path, ports })
  await first.put('/v1/kv/a', 'b')
  await first.stop()
  const id = readFileSync(join(dir.path, 'node-id'), 'utf8')
  rmSync(join(dir.path, 'node-id'))

  await using stranger = new Server(ports, { dataDir: dir.path })
  await stranger.printed(new RegExp(`raft\\.db belongs to other servers.*put the id back.*servers=${id}`))
  await stranger.printed(/Starting server/)
  expect((await stranger.ask('/v1/kv/a', { method: 'PUT', body: 'c' })).status).toBe(500)
  await stranger.stop()

  writeFileSync(join(dir.path, 'node-id'), id)
  await using again = await startServer({ dataDir: dir.path, ports })
  expect(await again.get('/v1/kv/a?raw')).toBe('b')
})

test('a stopped agent comes back with its keys, services, checks and its own id', async () => {
  using dir = scratchDir()
  const dataDir = join(dir.path, 'data')
  const ports = await agentPorts()
  const look = async (server: Server) => ({
    id: (await server.json('/v1/agent/self')).Config.NodeID,
    keys: await server.json('/v1/kv/?recurse'),
    services: await server.json('/v1/agent/services'),
    check: (await server.json('/v1/agent/checks'))['service:web'],
    catalog: await server.json('/v1/catalog/service/web'),
    external: await server.json('/v1/catalog/node/elsewhere'),
  })
  await using first = await startServer({ dataDir, ports })
  await first.printed(/Synced node info/)
  await first.put('/v1/kv/plain', 'text')
  await first.put('/v1/kv/bytes?flags=18446744073709551615', Buffer.from([0, 255, 128]))
  await first.put('/v1/kv/gone', 'soon')
  expect((await first.ask('/v1/kv/gone', { method: 'DELETE' })).body).toBe('true')
  await first.put('/v1/agent/service/register', { Name: 'web', Port: 80, Tags: ['a'], Check: { TTL: '10m' } })
  await first.put('/v1/agent/check/pass/service:web?note=fine')
  await first.put('/v1/catalog/register', { Node: 'elsewhere', Address: '192.0.2.9', Service: { Service: 'db' } })
  await first.printed(/Synced check: check=service:web/)
  const before = await eventually(async () => {
    const seen = await look(first)
    return seen.catalog.length === 1 ? seen : undefined
  })
  expect(await first.stop()).toEqual({ code: 0, signal: null })

  await using second = await startServer({ dataDir, ports })
  expect(await look(second)).toEqual(before)
  expect(await second.json('/v1/health/service/web?passing')).toHaveLength(1)
})

/** Opens reads that wait for a change of one key; each resolves when it was answered or its connection broke. */
async function blockedReads(server: Server, count: number): Promise<Promise<unknown>[]> {
  const { headers } = await server.ask('/v1/kv/watched')
  const path = `/v1/kv/watched?wait=5m&index=${headers['x-consul-index']}`
  return Promise.all(
    Array.from({ length: count }, async () => {
      const outgoing = request({ host: '127.0.0.1', port: server.ports.http, path, agent: false })
      const ended = new Promise<unknown>((resolve) => {
        outgoing.on('response', (incoming) => resolve(incoming.resume().statusCode))
        outgoing.on('error', (error) => resolve(error.message))
      })
      outgoing.end()
      await once(outgoing, 'finish')
      return { ended }
    }),
  ).then((reads) => reads.map(({ ended }) => ended))
}

function expectInOrder(text: string, parts: readonly (string | RegExp)[]): void {
  let from = 0
  for (const part of parts) {
    const rest = text.slice(from)
    const found = typeof part === 'string' ? rest.indexOf(part) : rest.search(part)
    expect(found, `${part} behind what came before it in\n${text}`).toBeGreaterThanOrEqual(0)
    from += found + 1
  }
}
