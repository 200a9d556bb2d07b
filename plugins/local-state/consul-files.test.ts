import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { localAgent } from './local-agent.fixture.ts'
import { restoreRegistrations } from './restore.ts'

/** Shapes as Consul 1.10 writes them: Go's JSON of its structs, durations as nanoseconds, what is unset as null or zero. */
const service = {
  Token: '',
  Service: {
    ID: 'web1',
    Service: 'web',
    Tags: ['v1'],
    Address: '',
    Meta: { rack: 'r7' },
    Port: 8080,
    Weights: { Passing: 1, Warning: 1 },
    EnableTagOverride: false,
    Proxy: { MeshGateway: {}, Expose: {} },
    Connect: {},
    CreateIndex: 0,
    ModifyIndex: 0,
  },
  Source: 'remote',
}

const check = (own: object, type: object) => ({
  Check: {
    Node: 'node-a',
    CheckID: 'service:web1',
    Name: "Service 'web' check",
    Status: 'critical',
    Notes: '',
    Output: '',
    ServiceID: 'web1',
    ServiceName: 'web',
    ServiceTags: ['v1'],
    Type: 'ttl',
    Definition: {},
    CreateIndex: 0,
    ModifyIndex: 0,
    ...own,
  },
  ChkType: {
    CheckID: '',
    Name: '',
    Status: '',
    Notes: '',
    ScriptArgs: null,
    HTTP: '',
    Header: null,
    Method: '',
    Body: '',
    TCP: '',
    Interval: 0,
    AliasNode: '',
    AliasService: '',
    DockerContainerID: '',
    Shell: '',
    GRPC: '',
    GRPCUseTLS: false,
    TLSServerName: '',
    TLSSkipVerify: false,
    Timeout: 0,
    TTL: 0,
    SuccessBeforePassing: 0,
    FailuresBeforeCritical: 0,
    ProxyHTTP: '',
    ProxyGRPC: '',
    DeregisterCriticalServiceAfter: 0,
    OutputMaxSize: 4096,
    ...type,
  },
  Token: '',
  Source: 'remote',
})

const ttl = check({}, { TTL: 3600e9, DeregisterCriticalServiceAfter: 600e9 })
const http = check(
  { CheckID: 'page', Name: 'page', ServiceID: '', ServiceName: '', ServiceTags: [], Type: 'http' },
  {
    CheckID: 'page',
    Name: 'page',
    HTTP: 'http://127.0.0.1/',
    Header: { 'X-Who': ['me'] },
    Interval: 10e9,
    Timeout: 2e9,
  },
)
const report = { CheckID: 'service:web1', Output: 'well', Status: 'passing', Expires: 4_000_000_000 }

/** The data directory of a client of Consul that names files by this digest. */
function consulDir(digest: 'md5' | 'sha256'): string {
  const dir = mkdtempSync(join(tmpdir(), 'proconsul-consul-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  // `services/config` holds what its proxies were told.
  for (const folder of ['services/config', 'checks/state']) mkdirSync(join(dir, folder), { recursive: true })
  const put = (folder: string, id: string, value: object) =>
    writeFileSync(join(dir, folder, createHash(digest).update(id).digest('hex')), JSON.stringify(value))
  put('services', 'web1', service)
  put('services/config', 'web1', { ServiceID: 'web1', Defaults: {} })
  put('checks', 'service:web1', ttl)
  put('checks', 'page', http)
  put('checks/state', 'service:web1', report)
  return dir
}

async function started(dataDir: string) {
  const agent = localAgent({ dataDir })
  await restoreRegistrations(agent.storage, agent.registrations, agent.registrar, agent.log)
  return agent
}

test.for(['sha256', 'md5'] as const)(
  'what a client of Consul kept, in files named by %s, is taken over',
  async (digest) => {
    const { registrations, runner, lines } = await started(consulDir(digest))
    expect(lines).toEqual([])
    expect(registrations.services.get('web1')?.service).toMatchObject({
      Service: 'web',
      Tags: ['v1'],
      Meta: { rack: 'r7' },
      Port: 8080,
    })
    const checks = registrations.checks
    expect(checks.get('service:web1')?.check).toMatchObject({ Status: 'passing', Output: 'well', ServiceName: 'web' })
    expect(checks.get('page')?.check.Status).toBe('critical')
    expect(runner.started.get('service:web1')?.definition).toMatchObject({ type: 'ttl' })
    expect(runner.started.get('page')?.definition).toMatchObject({
      type: 'http',
      intervalMs: 10_000,
      timeoutMs: 2_000,
      args: { HTTP: 'http://127.0.0.1/', Header: { 'X-Who': ['me'] } },
    })
  },
)

test('what was taken over and then removed does not come back', async () => {
  const dir = consulDir('md5')
  const first = await started(dir)
  await first.registrar.deregisterService('web1')
  await first.registrar.deregisterCheck('page')
  const second = await started(dir)
  expect(second.registrations.services.size).toBe(0)
  expect(second.registrations.checks.size).toBe(0)
  expect(readdirSync(join(dir, 'services'))).toEqual(['config'])
  expect(readdirSync(join(dir, 'checks'))).toEqual(['state'])
})
