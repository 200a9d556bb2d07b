import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ask as askDns } from '../../plugins/dns/testing/dns-agent.ts'
import { AgentProcess, agentPorts, run, scratchDir } from './agent-process.ts'
import { ask } from './http.ts'

/** Where the faces of an agent listen, with real sockets. */

const question = { name: 'consul.service.consul', type: 'A' } as const

test('each face has the addresses of its own key, of which there may be several, and sockets get their mode', {
  timeout: 60_000,
}, async () => {
  using dir = scratchDir()
  const ports = await agentPorts()
  const socket = join(dir.path, 'http.sock')
  const addresses = `addresses { http = "127.0.0.2 127.0.0.3 unix://${socket}"  dns = "127.0.0.4 {{ GetInterfaceIP \\"lo\\" }}" }`
  const sockets = 'unix_sockets { mode = "0600" }'
  const args = ['agent', '-dev', '-bind=127.0.0.1', '-client=127.0.0.9', ...ports.flags, `-hcl=${addresses} ${sockets}`]
  await using agent = new AgentProcess(args)
  await agent.printed(/cluster leadership acquired/)
  await agent.printed(/Starting server: address=unix:\/\/.*http\.sock network=unix protocol=http/)
  for (const host of ['127.0.0.2', '127.0.0.3']) {
    expect(await ask(ports.http, '/v1/status/leader', { host })).toMatchObject({ status: 200 })
  }
  for (const host of ['127.0.0.1', '127.0.0.9']) {
    await expect(ask(ports.http, '/v1/status/leader', { host })).rejects.toThrow('ECONNREFUSED')
  }
  expect(await ask(0, '/v1/status/leader', { socketPath: socket })).toMatchObject({ status: 200 })
  expect(statSync(socket).mode & 0o777).toBe(0o600)
  for (const host of ['127.0.0.4', '127.0.0.1']) {
    expect((await askDns(`${host}:${ports.dns}`, question)).answers).toHaveLength(1)
  }
  expect(agent.output).not.toContain('is ignored')
  await agent.stop('SIGINT')
  expect(existsSync(socket)).toBe(false)
})

test('a port of -1 closes its face, sockets included', { timeout: 60_000 }, async () => {
  using dir = scratchDir()
  const ports = await agentPorts()
  const socket = join(dir.path, 'http.sock')
  const closed = `addresses { http = "127.0.0.1 unix://${socket}" } ports { http = -1 dns = -1 serf_wan = -1 }`
  await using agent = new AgentProcess(['agent', '-dev', '-bind=127.0.0.1', ...ports.flags, `-hcl=${closed}`])
  await agent.printed(/cluster leadership acquired/)
  expect(agent.output).not.toMatch(/protocol=http|Started DNS server|gossip\.wan/)
  expect(existsSync(socket)).toBe(false)
  await expect(ask(ports.http, '/v1/status/leader')).rejects.toThrow('ECONNREFUSED')
})

test.for([
  [
    'addresses { dns = "unix:///run/dns.sock" }',
    'addresses.dns: DNS address cannot be a unix socket; write IP addresses',
  ],
  ['addresses { http = "127.0.0.1 nonsense" }', 'addresses.http: "nonsense" is not an IP address'],
  ['addresses { http = "192.0.2.1" }', 'this machine has no such address; correct addresses.http or client_addr'],
  [
    'addresses { http = "unix:///run/x.sock" } unix_sockets { mode = "rw" }',
    'unix_sockets.mode: invalid mode specified',
  ],
] as const)('%s is refused', { timeout: 60_000 }, async ([written, message]) => {
  const ports = await agentPorts()
  const { code, stderr } = await run(['agent', '-dev', '-bind=127.0.0.1', ...ports.flags, `-hcl=${written}`])
  expect(code).toBe(1)
  expect(stderr).toContain(message)
})
