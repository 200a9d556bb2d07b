import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FakeAgent } from '../../client/fake-agent.fixture.ts'
import { RecordingTerminal } from '../recording-terminal.fixture.ts'
import { run } from '../run.ts'

/** Commands whose answers need a cluster that one agent alone is not, against an agent that answers as told. */

let agent: FakeAgent
beforeEach(async () => {
  agent = await FakeAgent.listen()
})
afterEach(() => agent[Symbol.asyncDispose]())

async function command(...words: string[]) {
  const terminal = new RecordingTerminal({ environment: { CONSUL_HTTP_ADDR: agent.address } })
  const status = await run(words, terminal)
  return { status, out: terminal.out, err: terminal.err }
}

describe('keyring', () => {
  test('shows who holds which key', async () => {
    agent.answer = () => ({
      body: [
        { WAN: true, Datacenter: 'dc1', Segment: '', Keys: { 'a=': 1 }, PrimaryKeys: { 'a=': 1 }, NumNodes: 1 },
        {
          Datacenter: 'dc1',
          Segment: '',
          Messages: { n2: 'no such key' },
          Keys: { 'a=': 3, 'b=': 2 },
          PrimaryKeys: { 'a=': 3 },
          NumNodes: 3,
        },
      ],
    })
    expect((await command('keyring', '-list', '-local-only', '-relay-factor=3')).out).toBe(
      '==> Gathering installed encryption keys...\n\nWAN:\n  a= [1/1]\n\n' +
        'dc1 (LAN):\n  ===> n2: no such key\n  a= [3/3]\n  b= [2/3]\n',
    )
    expect(agent.last).toBe('GET /v1/operator/keyring?relay-factor=3&local-only=true')
    expect((await command('keyring', '-list-primary')).out).not.toContain('b=')
  })

  test.for([
    ['-install', 'POST', '==> Installing new gossip encryption key...\n'],
    ['-use', 'PUT', '==> Changing primary gossip encryption key...\n'],
    ['-remove', 'DELETE', '==> Removing gossip encryption key...\n'],
  ] as const)('%s sends the key', async ([flag, method, out]) => {
    expect(await command('keyring', `${flag}=key=`)).toEqual({ status: 0, out, err: '' })
    expect(agent.asked).toMatchObject([{ method, url: '/v1/operator/keyring', body: '{"Key":"key="}' }])
  })

  test.for([[[]], [['-list', '-use=x']], [['-list', '-relay-factor=6']], [['-use=x', '-local-only']]])(
    '%j is refused before anything is asked',
    async ([flags]) => {
      expect(await command('keyring', ...(flags as string[]))).toMatchObject({ status: 1, out: '' })
      expect(agent.asked).toEqual([])
    },
  )
})

describe('rtt', () => {
  const coordinate = (x: number) => ({ Vec: [x, 0, 0, 0, 0, 0, 0, 0], Error: 0.1, Adjustment: 0, Height: 0.0001 })
  beforeEach(() => {
    agent.answer = ({ url }) => {
      const nodes = [
        { Node: 'n1', Segment: '', Coord: coordinate(0) },
        { Node: 'n2', Segment: '', Coord: coordinate(0.01) },
      ]
      if (url.startsWith('/v1/agent/self')) return { body: { Config: { NodeName: 'n1', Datacenter: 'dc1' } } }
      if (url.startsWith('/v1/coordinate/nodes')) return { body: nodes }
      return { body: [{ Datacenter: 'dc1', AreaID: 'wan', Coordinates: nodes }] }
    }
  })

  test.for([
    [['n1', 'n2'], 'Estimated n1 <-> n2 rtt: 10.200 ms (using LAN coordinates)\n'],
    [['n2'], 'Estimated n2 <-> n1 rtt: 10.200 ms (using LAN coordinates)\n'],
    [['-wan', 'n2.dc1'], 'Estimated n2.dc1 <-> n1.dc1 rtt: 10.200 ms (using WAN coordinates)\n'],
  ] as const)('%j', async ([words, out]) => {
    expect(await command('rtt', ...words)).toEqual({ status: 0, out, err: '' })
  })

  test.for([
    [['n3'], 'Could not find a coordinate for node "n3"'],
    [[], 'One or two node names must be specified'],
    [['-wan', 'n1'], 'Node names must be specified as <node name>.<datacenter> with -wan'],
  ] as const)('%j is refused', async ([words, reason]) => {
    const { status, err } = await command('rtt', ...words)
    expect(status).toBe(1)
    expect(err.split('\n')[0]).toBe(reason)
  })
})

describe('autopilot', () => {
  const config = {
    CleanupDeadServers: true,
    LastContactThreshold: '200ms',
    MaxTrailingLogs: 250,
    MinQuorum: 0,
    ServerStabilizationTime: '10s',
    RedundancyZoneTag: '',
    DisableUpgradeMigration: false,
    UpgradeVersionTag: '',
    CreateIndex: 4,
    ModifyIndex: 9,
  }

  test('settings are shown', async () => {
    agent.answer = () => ({ body: config })
    expect((await command('operator', 'autopilot', 'get-config')).out).toBe(
      'CleanupDeadServers = true\nLastContactThreshold = 200ms\nMaxTrailingLogs = 250\nMinQuorum = 0\n' +
        'ServerStabilizationTime = 10s\nRedundancyZoneTag = ""\nDisableUpgradeMigration = false\nUpgradeVersionTag = ""\n',
    )
  })

  test('what is named changes and the rest stays, unless somebody else was faster', async () => {
    let applied = true
    agent.answer = ({ method }) => ({ body: method === 'GET' ? config : applied })
    const words = ['operator', 'autopilot', 'set-config', '-cleanup-dead-servers=false', '-last-contact-threshold=1m']
    expect(await command(...words)).toEqual({ status: 0, out: 'Configuration updated!\n', err: '' })
    expect(agent.last).toBe('PUT /v1/operator/autopilot/configuration?cas=9')
    expect(JSON.parse(agent.asked.at(-1)!.body)).toEqual({
      ...config,
      CleanupDeadServers: false,
      LastContactThreshold: '1m0s',
    })
    applied = false
    expect(await command(...words)).toMatchObject({ status: 1, err: expect.stringContaining('please try again') })
  })

  test('the state of the servers is shown', async () => {
    agent.answer = () => ({
      body: {
        Healthy: true,
        FailureTolerance: 1,
        Leader: 'id-1',
        Voters: ['id-1'],
        Servers: {
          'id-1': {
            ID: 'id-1',
            Name: 'n1',
            Address: '10.0.0.1:8300',
            Status: 'leader',
            Healthy: true,
            Meta: { a: 'b' },
          },
        },
      },
    })
    expect((await command('operator', 'autopilot', 'state')).out).toBe(
      'Healthy:                      true\nFailure Tolerance:            1\nOptimistic Failure Tolerance: 0\n' +
        'Leader:                       id-1\nVoters:\n   id-1\nServers:\n   id-1\n' +
        '      Name:            n1\n      Address:         10.0.0.1:8300\n      Status:          leader\n' +
        '      Healthy:         true\n      Meta\n         "a": "b"\n',
    )
    const { out } = await command('operator', 'autopilot', 'state', '-format=json')
    expect(JSON.parse(out)).toMatchObject({ Leader: 'id-1' })
    expect(await command('operator', 'autopilot', 'state', '-format=xml')).toMatchObject({ status: 1 })
  })
})

describe('raft', () => {
  test.for([
    [['remove-peer', '-id=a'], 'DELETE /v1/operator/raft/peer?id=a', 'Removed peer with id "a"\n'],
    [
      ['remove-peer', '-address=1.2.3.4:8300'],
      'DELETE /v1/operator/raft/peer?address=1.2.3.4%3A8300',
      'Removed peer with address "1.2.3.4:8300"\n',
    ],
    [['transfer-leader', '-id=a'], 'POST /v1/operator/raft/transfer-leader?id=a', 'Success\n'],
  ] as const)('%j', async ([words, asked, out]) => {
    expect(await command('operator', 'raft', ...words)).toEqual({ status: 0, out, err: '' })
    expect(agent.last).toBe(asked)
  })

  test('a peer is named by one of id and address', async () => {
    expect((await command('operator', 'raft', 'remove-peer')).err).toMatch(/^an address or id is required/)
    expect((await command('operator', 'raft', 'remove-peer', '-id=a', '-address=b')).err).toMatch(/^cannot give both/)
    expect(agent.asked).toEqual([])
  })
})

test('tokens, datacenter and consistency go with every request', async () => {
  agent.answer = () => ({ body: [] })
  await command('catalog', 'nodes', '-token=secret', '-datacenter=dc2', '-stale', '-near=_agent', '-node-meta=rack=a')
  expect(agent.last).toBe('GET /v1/catalog/nodes?dc=dc2&stale&near=_agent&node-meta=rack%3Aa')
  expect(agent.asked[0]!.headers['x-consul-token']).toBe('secret')
})

test('what the agent refuses is printed as Consul’s client says it', async () => {
  agent.answer = () => ({ status: 403, body: 'Permission denied\n' })
  expect(await command('catalog', 'services')).toEqual({
    status: 1,
    out: '',
    err: 'Error listing services: Unexpected response code: 403 (Permission denied)\n',
  })
})
