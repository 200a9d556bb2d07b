import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { ask } from '../../plugins/dns/testing/dns-agent.ts'
import { run, scratchDir } from './agent-process.ts'
import { startServer } from './server.ts'

let dir: string
beforeEach(() => {
  const scratch = scratchDir()
  dir = scratch.path
  return () => scratch[Symbol.dispose]()
})

/** Writes a file in the test's folder and gives its path. */
function write(name: string, text: string | Buffer): string {
  const path = join(dir, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}

const validate = (...args: string[]) => run(['validate', ...args], { cwd: dir })

describe('validate', () => {
  test('takes a good file, in HCL or in JSON, and says no more than that', async () => {
    const hcl = write('good.hcl', 'server = true\nbootstrap = true\ndata_dir = "x"\nports { http = 1234 }\n')
    const json = write('good.json', '{"server": true, "bootstrap": true, "data_dir": "x", "ports": {"http": 1234}}')
    for (const file of [hcl, json]) {
      expect(await validate(file)).toMatchObject({ code: 0, stdout: 'Configuration is valid!\n', stderr: '' })
    }
    expect(await validate('-config-file', hcl)).toMatchObject({ code: 0 })
    expect(await validate(dir)).toMatchObject({ code: 0 })
  })

  test('names every problem of every file with its place and advice', async () => {
    const one = write('one.hcl', 'server = true\nbotstrap = true\ndns_config {\n  node_tl = "5s"\n}\n')
    const two = write('two.json', '{\n  "ports": {"http": 99999},\n  "data_dir": 5\n}')
    const { code, stdout, stderr } = await validate(one, two)
    expect(stderr).toContain(`==> ${one}:2:1: botstrap: `)
    expect(stderr).toMatch(/botstrap: .*did you mean bootstrap\?/)
    expect(stderr).toContain(`==> ${one}:4:3: dns_config.node_tl: `)
    expect(stderr).toMatch(/node_tl: .*did you mean (dns_config\.)?node_ttl\?/)
    expect(stderr).toMatch(/two\.json:2:\d+: ports\.http: /)
    expect(stderr).toMatch(/two\.json:3:\d+: data_dir: /)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  })

  test.for([
    ['a brace that is never closed', 'ports {\n  http = 1\n', /bad\.hcl:\d+:\d+: /],
    ['a string that is never closed', 'node_name = "a\n', /bad\.hcl:1:\d+: /],
    ['a value of the wrong type', 'server = "perhaps"', /bad\.hcl:1:\d+: server: /],
    ['a duration that is none', 'dns_config { node_ttl = "soon" }', /bad\.hcl:1:\d+: dns_config\.node_ttl: /],
    ['a port beyond all ports', 'ports { dns = 65536 }', /bad\.hcl:1:\d+: ports\.dns: /],
    ['bytes that are no text', Buffer.from([0x61, 0xff, 0xfe, 0x00]), /bad\.hcl: is not UTF-8 text/],
    [
      'two contradicting keys',
      'server = true\ndata_dir = "x"\nbootstrap = true\nbootstrap_expect = 1',
      /bootstrap_expect.*bootstrap/,
    ],
    [
      'access control, which comes later',
      'acl { enabled = true }',
      /bad\.hcl:1:\d+: acl\.enabled: .*not supported yet/,
    ],
    ['a key that Consul gave up', 'acl_datacenter = "dc1"', /bad\.hcl:1:1: acl_datacenter: /],
  ] as const)('refuses %s', async ([, text, message]) => {
    const { code, stdout, stderr } = await validate(write('bad.hcl', text))
    expect(stderr).toMatch(message)
    expect(stderr, 'no stack').not.toMatch(/^ +at /m)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  })

  test('refuses a file that is not there, and one that is too deep', async () => {
    expect(await validate('nowhere.hcl')).toMatchObject({ code: 1, stderr: expect.stringMatching(/nowhere\.hcl/) })
    const deep = write('deep.json', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`)
    expect(await validate(deep)).toMatchObject({ code: 1, stderr: expect.stringMatching(/deep\.json:\d+:\d+: /) })
  })

  test('warns of keys that have no effect yet, and passes', async () => {
    const file = write('warned.hcl', 'acl {\n  default_policy = "deny"\n}\n')
    const { code, stdout, stderr } = await validate('-server', '-data-dir=x', file)
    expect(stderr).toMatch(/==> warning: .*warned\.hcl:2:3: acl\.default_policy: /)
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Configuration is valid!\n' })
  })

  test.for([
    ['-htpp-port=1', /-htpp-port: .*did you mean -http-port\?/],
    ['-http-port=many', /-http-port/],
    ['-dc=east', /-datacenter/],
    ['-segment=alpha', /-segment.*Consul Enterprise/],
  ] as const)('refuses the flag %s', async ([flag, message]) => {
    expect(await validate(flag)).toMatchObject({ code: 1, stderr: expect.stringMatching(message) })
  })
})

test.for([
  ['-encrypt=abc', 'encrypt: illegal base64 data at input byte 0; proconsul keygen makes a key'],
  ['-retry-join=provider=aws tag_key=consul', 'retry_join: "provider=aws tag_key=consul" looks agents up in a cloud'],
  ['-serf-lan-allowed-cidrs=10.0.0.0', 'serf_lan_allowed_cidrs: "10.0.0.0" is no network'],
  ['-join-wan=10.0.0.1', 'start_join_wan: Must be a server to join WAN cluster'],
] as const)('validate sees that %s cannot be used', async ([flag, message]) => {
  expect(await validate('-data-dir=x', flag)).toMatchObject({ code: 1, stderr: expect.stringContaining(message) })
})

test('files of a folder count in the order of their names, later ones over earlier, flags over all', async () => {
  write('conf/10-base.hcl', 'node_name = "base"\ndatacenter = "east"\nnode_meta { a = "1" }\nservice { name = "one" }')
  write('conf/20-more.json', '{"node_name": "more", "node_meta": {"b": "2"}, "log_level": "WARN"}')
  write('conf/30-ignored.txt', 'not = configuration {{{')
  write('conf/sub/40-ignored.hcl', 'node_name = "sub"')
  const last = write('last.hcl', 'service { name = "two" port = 80 }')
  const args = ['-config-dir', join(dir, 'conf'), `-config-file=${last}`, '-datacenter=west', '-log-level', 'info']
  await using server = await startServer({ args })
  const self = await server.json('/v1/agent/self')
  expect(self.Config).toMatchObject({ NodeName: 'more', Datacenter: 'west' })
  expect(self.Meta, 'a map replaces the one before').toEqual({ 'consul-network-segment': '', b: '2' })
  expect(await server.json('/v1/agent/services'), 'lists add up').toMatchObject({ one: {}, two: { Port: 80 } })
})

test('services and checks defined in files are served, and a fragment on the command line overrules them', async () => {
  const file = write(
    'services.hcl',
    `services {
      id = "red1"
      name = "red"
      port = 6000
      checks = [{ id = "chk1", name = "red ttl", ttl = "10m", status = "passing" }]
    }
    services { name = "blue" port = 7000 tags = ["b"] }
    check { id = "node-ttl" name = "node" ttl = "10m" status = "warning" }
    dns_config { node_ttl = "1s" }`,
  )
  await using server = await startServer({
    args: ['-node=colours', `-config-file=${file}`, '-hcl=dns_config { node_ttl = "9s" }'],
  })
  expect(Object.keys(await server.json('/v1/agent/services')).sort()).toEqual(['blue', 'red1'])
  expect(await server.json('/v1/agent/checks')).toMatchObject({
    chk1: { ServiceID: 'red1', Status: 'passing' },
    'node-ttl': { Status: 'warning' },
  })
  await server.printed(/Synced check: check=node-ttl/)
  await server.printed(/Synced service: service=red1/)
  const [red] = await server.json('/v1/health/service/red')
  const checks = red.Checks.map(({ CheckID }: { CheckID: string }) => CheckID)
  expect(checks.sort()).toEqual(['chk1', 'node-ttl', 'serfHealth'])
  const told = await ask(`127.0.0.1:${server.ports.dns}`, { name: 'colours.node.consul' })
  expect(told.answers).toEqual(['colours.node.consul 9 A 127.0.0.1'])
})

test('an agent that cannot be configured says why, starts nothing and exits with 1', async () => {
  const file = write('agent.hcl', 'server = true\nbootstrap = true\ndata_dir = "made"\nsrver = false')
  const { code, stdout, stderr } = await run(['agent', `-config-file=${file}`], { cwd: dir })
  expect(stderr).toBe(`==> ${file}:4:1: srver: is not a configuration key; did you mean server?\n`)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
})

describe('the example configuration', () => {
  const example = () => readFileSync(new URL('../../config.example.hcl', import.meta.url), 'utf8')

  test('starts an agent that has nothing to say about it', async () => {
    const file = write('config.hcl', example())
    await using server = await startServer({ args: [`-config-file=${file}`], cwd: dir, dataDir: join(dir, 'data') })
    expect(await server.json('/v1/status/leader')).toBe(`127.0.0.1:${server.ports.server}`)
    await server.printed(/Synced node info/)
    expect(server.output).not.toMatch(/config\.hcl/)
  })

  test('is valid in its comments too', async () => {
    const everything = example().replaceAll(/^( *)# (\w+ (?:=|\{) .*)$/gm, '$1$2')
    expect(everything.split('\n').filter((line) => /^ *\w+ (=|\{)/.test(line)).length).toBeGreaterThan(50)
    // The one setting that only clients may have.
    const ofServers = everything.replace(/^advertise_reconnect_timeout.*$/m, '')
    expect(ofServers).not.toBe(everything)
    const file = write('everything.hcl', ofServers)
    const { code, stderr } = await validate('-server', '-enable-local-script-checks', file)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })
})
