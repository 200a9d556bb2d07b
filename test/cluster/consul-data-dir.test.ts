import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { eventually } from './agent-process.ts'
import { aliveMembers, Datacenter } from './datacenter.ts'

/** The binary is changed and nothing else: what an agent of Consul 1.10 leaves in its data directory is found by ours. */

const nodeId = '6b4f5bd6-0b51-4f0b-9a6b-000000000007'

const service = {
  Token: '',
  Service: {
    ID: 'web-1',
    Service: 'web',
    Tags: ['v1'],
    Address: '',
    Meta: null,
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

function write(dir: string, name: string, text: string): void {
  const path = join(dir, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text, { mode: 0o600 })
}

test('a client on the directory of one of Consul keeps its id and services, and finds the cluster again', {
  timeout: 60_000,
}, async () => {
  await using dc = await Datacenter.plan(['-hcl=performance { raft_multiplier = 1 }'])
  const server = dc.start({ name: 'server', server: true, args: ['-bootstrap'] })
  await server.process.printed(/cluster leadership acquired/)
  const dir = join(dirname(server.dataDir), 'client')
  write(dir, 'node-id', nodeId)
  write(dir, 'checkpoint-signature', 'e0c4a3c2-3d0e-0b2f-8f1a-3c6f6f5ae000')
  write(dir, `services/${createHash('md5').update('web-1').digest('hex')}`, JSON.stringify(service))
  const known = `alive: server ${server.ip}:${server.ports.serfLan}`
  write(dir, 'serf/local.snapshot', `alive: gone 127.0.0.1:1\nclock: 12\nnot-alive: gone\n${known}\nevent-clock: 3\n`)

  const client = dc.start({ name: 'client', server: false })
  await client.process.printed(/Re-joined to previously known node: member=server/)
  await eventually(async () => ((await aliveMembers(server)).includes('client') ? true : undefined))
  const [instance] = await eventually(async () => {
    const found = (await server.json('/v1/catalog/service/web')) as Record<string, unknown>[]
    return found.length > 0 ? found : undefined
  })
  expect(instance).toMatchObject({
    ID: nodeId,
    Node: 'client',
    ServiceID: 'web-1',
    ServiceTags: ['v1'],
    ServicePort: 8080,
  })

  await client.put('/v1/agent/service/deregister/web-1')
  expect(readdirSync(join(dir, 'services'))).toEqual([])
})

test('a server does not start on the directory of one of Consul, and leaves it as it is', {
  timeout: 60_000,
}, async () => {
  await using dc = await Datacenter.plan()
  const first = dc.start({ name: 'first', server: true, args: ['-bootstrap'] })
  await first.process.printed(/cluster leadership acquired/)
  const dir = join(dirname(first.dataDir), 'old')
  write(dir, 'node-id', nodeId)
  write(dir, 'raft/raft.db', 'bolt')
  write(dir, 'raft/snapshots/3-8211-1605/state.bin', '')
  const before = readdirSync(dir, { recursive: true }).sort()
  const old = dc.start({ name: 'old', server: true, args: [dc.joining(0)] })
  expect(await old.process.exited).toMatchObject({ code: 1 })
  expect(old.process.stderr).toMatch(
    /is that of a server of Consul \(raft\/raft\.db, 1 in raft\/snapshots\).*-retry-join/,
  )
  expect(readdirSync(dir, { recursive: true }).sort()).toEqual(before)
  expect(readFileSync(join(dir, 'node-id'), 'utf8')).toBe(nodeId)
  expect(await aliveMembers(first)).toEqual(['first'])
})
