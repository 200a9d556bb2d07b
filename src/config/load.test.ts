import { describe, expect, expectTypeOf, test } from 'vitest'
import { plainValue } from '../kernel/config-tree.ts'
import { exampleLines } from '../kernel/option-docs.ts'
import type { OptionDeclarations, OptionOwner } from '../kernel/options.ts'
import {
  ConfigurationError,
  type ConfigurationSources,
  loadConfiguration,
  pluginSettings,
  readConfiguration,
  type SettleOptions,
} from './load.ts'
import type { ConfigReader } from './sources.ts'

const agent = {
  name: 'agent',
  options: {
    nodeName: { type: 'text', key: 'node_name', help: '' },
    bind: { type: 'addresses', key: 'bind_addr', default: '0.0.0.0', help: '' },
    meta: { type: 'map', key: 'node_meta', help: '' },
    level: {
      type: 'text',
      key: 'log_level',
      choices: ['debug', 'info'],
      default: 'info',
      devDefault: 'debug',
      help: '',
    },
  },
} as const satisfies OptionOwner
const dns = {
  name: 'dns',
  options: {
    port: { type: 'port', key: 'ports.dns', default: 8600, help: '' },
    nodeTtl: { type: 'duration', key: 'dns_config.node_ttl', default: '0s', help: '' },
    recursors: { type: 'list', key: 'recursors', help: '' },
  },
} as const satisfies OptionOwner
const local = {
  name: 'local-state',
  options: {
    service: { type: 'any', key: 'service', help: '' },
    services: { type: 'any', key: 'services', help: '' },
  },
} as const satisfies OptionOwner
const ntp = {
  name: 'ntp',
  options: {
    maxOffset: { type: 'duration', default: '50ms', help: '' },
    script: { type: 'path', help: '' },
  },
} as const satisfies OptionOwner
const owners = [agent, dns, local, ntp]

/** Files by path; a folder is whatever some path lies in. */
function files(texts: Readonly<Record<string, string>>): ConfigReader {
  const trouble = (code: string) => Object.assign(new Error(code), { code })
  return {
    stat(path) {
      if (path in texts) return { isFolder: false, sizeBytes: texts[path]!.length }
      if (Object.keys(texts).some((file) => file.startsWith(`${path}/`))) return { isFolder: true, sizeBytes: 0 }
      throw trouble('ENOENT')
    },
    names: (folder) => [
      ...new Set(
        Object.keys(texts)
          .filter((file) => file.startsWith(`${folder}/`))
          .map((file) => file.slice(folder.length + 1).split('/')[0]!),
      ),
    ],
    bytes(path) {
      if (texts[path] === 'SECRET') throw trouble('EACCES')
      return Buffer.from(texts[path]!, texts[path]!.startsWith('\xff') ? 'latin1' : 'utf8')
    },
  }
}

function load(
  texts: Readonly<Record<string, string>>,
  options: Partial<ConfigurationSources & SettleOptions> = {},
): ReturnType<typeof loadConfiguration> {
  return loadConfiguration({ places: Object.keys(texts), owners, reader: files(texts), ...options })
}

function problems(
  texts: Readonly<Record<string, string>>,
  options: Partial<ConfigurationSources & SettleOptions> = {},
) {
  try {
    load(texts, options)
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    return error.message.split('\n')
  }
  return []
}

const flags = (hcl: string) => readConfiguration({ fragments: [hcl], reader: files({}) }).fragments[0]!

describe('configuration', () => {
  test('from nothing is all defaults, typed by the declarations', () => {
    const configuration = load({})
    expect(configuration.valuesOf(dns)).toEqual({ port: 8600, nodeTtl: 0, recursors: [] })
    expectTypeOf(configuration.valuesOf(dns).port).toEqualTypeOf<number>()
    expect(configuration.warnings).toEqual([])
    expect(configuration.originOf('ports.dns')).toBeUndefined()
    expect(load({}, { dev: true }).valuesOf(agent).level).toBe('debug')
  })

  test('later files win, lists add up, maps are replaced unless empty, blocks merge', () => {
    const { valuesOf, originOf } = load({
      'a.hcl':
        'node_name = "a" recursors = ["1.1.1.1"] node_meta { x = "1" } ports { dns = 1 } dns_config { node_ttl = "1s" }',
      'b.json': '{"node_name": "b", "recursors": ["2.2.2.2"], "node_meta": {"y": "2"}, "ports": {"dns": 2}}',
      'c.hcl': 'node_meta {}\nrecursors = ["3.3.3.3"]',
    })
    expect(valuesOf(agent)).toMatchObject({ nodeName: 'b', meta: { y: '2' } })
    expect(valuesOf(agent).meta).not.toHaveProperty('x')
    expect(valuesOf(dns)).toEqual({ port: 2, nodeTtl: 1000, recursors: ['1.1.1.1', '2.2.2.2', '3.3.3.3'] })
    expect(originOf('ports.dns')).toEqual({ file: 'b.json', line: 1, column: 88 })
  })

  test('flags come first where values add up and win where they replace; -hcl overrules all', () => {
    const { valuesOf } = load(
      { 'a.hcl': 'node_name = "file" recursors = ["1.1.1.1"] node_meta { x = "1" } ports { dns = 1 }' },
      {
        flags: flags('node_name = "flag" recursors = ["9.9.9.9"] node_meta { y = "2" } ports { dns = 53 }'),
        fragments: ['ports { dns = 54 } recursors = ["4.4.4.4"]'],
      },
    )
    expect(valuesOf(agent)).toMatchObject({ nodeName: 'flag', meta: { y: '2' } })
    expect(valuesOf(dns)).toMatchObject({ port: 54, recursors: ['9.9.9.9', '1.1.1.1', '4.4.4.4'] })
  })

  test('of a folder takes .hcl and .json files by name, not folders, and says what it skips', () => {
    const texts = {
      'conf/20.json': '{"node_name": "twenty"}',
      'conf/10.hcl': 'node_name = "ten"',
      'conf/notes.txt': '{{{',
      'conf/sub/30.hcl': 'node_name = "thirty"',
    }
    const { valuesOf, warnings } = load(texts, { places: ['conf'] })
    expect(valuesOf(agent).nodeName).toBe('twenty')
    expect(warnings).toEqual([
      'conf/notes.txt: is skipped, because it ends in neither .hcl nor .json; set -config-format to read it',
    ])
  })

  test('reads any ending with -config-format', () => {
    expect(load({ config: 'node_name = "x"' }, { format: 'hcl' }).valuesOf(agent).nodeName).toBe('x')
    expect(load({ 'x.hcl': '{"node_name": "x"}' }, { format: 'json' }).valuesOf(agent).nodeName).toBe('x')
  })

  test('takes keys in any letter case, and repeated blocks', () => {
    const { valuesOf } = load({
      'a.hcl': 'Node_Name = "x" PORTS { Dns = 1 } dns_config { node_ttl = "1s" } dns_config {}',
    })
    expect(valuesOf(agent).nodeName).toBe('x')
    expect(valuesOf(dns)).toMatchObject({ port: 1, nodeTtl: 1000 })
    expect(load({ 'a.json': '{"ports": [{"dns": 7}]}' }).valuesOf(dns).port).toBe(7)
    expect(load({ 'a.json': '{"ports": null}' }).valuesOf(dns).port).toBe(8600)
  })

  test('gathers blocks that an owner reads itself, within a file and over files', () => {
    const { valuesOf } = load({
      'a.hcl': 'service { name = "a" } service { name = "b" }',
      'b.hcl': 'service { name = "c" } services = [{ name = "d" }]',
      'c.json': '{"services": [{"name": "e"}]}',
    })
    const { service, services } = valuesOf(local)
    expect(plainValue(service!)).toMatchObject([{ name: 'a' }, { name: 'b' }, { name: 'c' }])
    expect(plainValue(services!)).toMatchObject([{ name: 'd' }, { name: 'e' }])
  })

  test('gives third-party plugins their block, with paths beside the file', () => {
    const { valuesOf } = load({
      'conf/a.hcl': 'plugins { ntp { max_offset = "1s" script = "./x.ts" path = "./ntp.ts" } }',
    })
    expect(valuesOf(ntp)).toEqual({ maxOffset: 1000, script: expect.stringMatching(/\/conf\/x\.ts$/) })
  })

  test('printed as an example is the defaults again', () => {
    const text = exampleLines(owners)
    const { values, warnings } = load({ 'config.example.hcl': text })
    expect(values).toEqual(load({}).values)
    expect(warnings).toEqual([])
    expect(text).toContain('max_offset = "50ms"')
  })

  test('can be changed once merged, before options are parsed', () => {
    const renamed = flags('node_name = "configured"')
    expect(load({}, { configure: () => renamed }).valuesOf(agent).nodeName).toBe('configured')
  })
})

describe('plugin settings', () => {
  const written = (texts: Readonly<Record<string, string>>) =>
    pluginSettings(readConfiguration({ places: Object.keys(texts), reader: files(texts) }))

  test('say what to load and what not, before options are known', () => {
    const settings = written({
      'conf/a.hcl':
        'plugins { dns { enabled = false } ntp { path = "./ntp.ts" max_offset = "1s" } pkg { path = "some-package" } }',
      'b.json': '{"plugins": {"ntp": {"enabled": false}}}',
    })
    expect(settings).toMatchObject([
      { name: 'dns', enabled: false },
      { name: 'ntp', enabled: false, path: expect.stringMatching(/\/conf\/ntp\.ts$/) },
      { name: 'pkg', enabled: true, path: 'some-package' },
    ])
  })

  test('that are malformed are reported when the configuration settles', () => {
    expect(problems({ 'a.hcl': 'plugins { dns { enabled = "no" } }' })).toEqual([
      'a.hcl:1:27: plugins.dns.enabled: must be true or false, not a string; write it without quotes',
    ])
    expect(problems({ 'a.hcl': 'plugins { dns = false }' })).toEqual([
      'a.hcl:1:11: plugins.dns: must be a block, not a boolean; write dns { … }',
    ])
  })
})

describe('a configuration error', () => {
  test.for<[string, string]>([
    [
      'dns_config { node_tl = "1s" }',
      '1:14: dns_config.node_tl: is not a configuration key; did you mean dns_config.node_ttl?',
    ],
    ['node_ttl = "1s"', '1:1: node_ttl: is not a configuration key; did you mean dns_config.node_ttl?'],
    ['dns_confg { node_ttl = "1s" }', '1:1: dns_confg: is not a configuration key; did you mean dns_config?'],
    ['nodename = "x"', '1:1: nodename: is not a configuration key; did you mean node_name?'],
    ['ports.dns = 1', '1:1: ports.dns: is not one key; write ports { dns = … }'],
    ['qwertyuiop = 1', '1:1: qwertyuiop: is not a configuration key; remove it'],
    ['ports = 5', '1:1: ports: must be a block, not a number; write ports { … }'],
    ['ports = [{}, 5, {}]', '1:1: ports: must be a block, not a list; write ports { … }'],
    ['plugins { nto {} }', '1:11: plugins.nto: no plugin of this name is loaded; did you mean ntp?'],
    [
      'plugins { other { path = "x" } }',
      '1:11: plugins.other: no plugin of this name is loaded; give its path, or remove the block',
    ],
    [
      'plugins { ntp { max_ofset = "1s" } }',
      '1:17: plugins.ntp.max_ofset: is not a configuration key; did you mean plugins.ntp.max_offset?',
    ],
    ['acl { enabled = true }', '1:7: acl.enabled: access control is not supported yet; set it to false or remove it'],
    [
      'verify_incoming = true',
      '1:1: verify_incoming: TLS is not supported yet; remove it and put a TLS proxy in front',
    ],
    ['recursor = "8.8.8.8"', '1:1: recursor: Consul 1.0 dropped it; write recursors = ["…"]'],
    ['ports { dns = "x" }', '1:15: ports.dns: must be a port number, not a string'],
    ['node_name = ', '1:13: the end of the text cannot stand here; a value is expected'],
  ])('for %s says where and what to do', ([text, message]) => {
    expect(problems({ 'a.hcl': text })).toEqual([`a.hcl:${message}`])
  })

  test('lists everything wrong in every source at once', () => {
    const texts = {
      'a.hcl': 'bogus = 1\nports { dns = "x" }',
      'b.json': '{"log_level": 3',
      'missing.hcl': 'SECRET',
      'c.txt': '',
      'd.hcl': '\xff',
    }
    expect(problems(texts, { places: [...Object.keys(texts), 'nowhere'], fragments: ['= 1'] })).toEqual([
      'b.json:1:16: the end of the text cannot stand here; a comma or } is expected',
      'missing.hcl: may not be read by this user; change its permissions',
      'c.txt: ends in neither .hcl nor .json; rename it or set -config-format',
      'd.hcl: is not UTF-8 text; save it as UTF-8',
      'nowhere: does not exist; check the path',
      'flag -hcl #1:1:1: = cannot stand here; a key is expected',
      'a.hcl:1:1: bogus: is not a configuration key; remove it',
      'a.hcl:2:15: ports.dns: must be a port number, not a string',
    ])
  })

  test('is bounded, however much is wrong', () => {
    const text = Array.from({ length: 50_000 }, (_, index) => `bogus_${index} = 1`).join('\n')
    const lines = problems({ 'a.hcl': text })
    expect(lines).toHaveLength(101)
    expect(lines.at(-1)).toBe('… and 49900 more')
  })

  test('comes also of a file too large to be one', () => {
    const reader: ConfigReader = { ...files({ 'a.hcl': '' }), stat: () => ({ isFolder: false, sizeBytes: 1e9 }) }
    expect(problems({ 'a.hcl': '' }, { reader })).toEqual([
      'a.hcl: has more than 12582912 bytes; split it into several files',
    ])
  })

  test('is not made of a bug in a reader', () => {
    const reader: ConfigReader = {
      ...files({ 'a.hcl': '' }),
      bytes: () => {
        throw new RangeError('bug')
      },
    }
    expect(() => load({ 'a.hcl': '' }, { reader })).toThrow(RangeError)
  })
})

describe('a key that is not supported yet', () => {
  test('and can be ignored gives a warning', () => {
    expect(load({ 'a.hcl': 'enable_syslog = true\ntelemetry { disable_compat_1.9 = true }' }).warnings).toEqual([
      'a.hcl:1:1: enable_syslog: is ignored: logs go to standard output; let the service manager keep them',
      'a.hcl:2:13: telemetry.disable_compat_1.9: is ignored: figures are sent nowhere; they are read from /v1/agent/metrics',
    ])
  })

  test('and asks for nothing that is missing is taken in silence', () => {
    const text =
      'acl { enabled = false } verify_incoming = false ports { https = -1 grpc = -1 } disable_update_check = true primary_gateways = []'
    expect(load({ 'a.hcl': text }).warnings).toEqual([])
  })

  test('in its old spelling is told the new one, and follows its fate', () => {
    expect(load({ 'a.hcl': 'acl_ttl = "1s" ui = false' }).warnings).toEqual([
      'a.hcl:1:1: acl_ttl: is an old spelling; write acl.token_ttl',
      'a.hcl:1:16: ui: is an old spelling; write ui_config.enabled',
      'a.hcl:1:1: acl.token_ttl: is ignored: access control is off, every request is allowed',
    ])
  })

  test('belongs to the first owner that declares it, old spelling included', () => {
    const ui = { name: 'ui', options: { enabled: { type: 'boolean', key: 'ui_config.enabled', help: '' } } } as const
    const withUi = { owners: [...owners, ui] }
    expect(load({ 'a.hcl': 'ui = true' }, withUi).valuesOf(ui).enabled).toBe(true)
    expect(load({ 'a.hcl': 'ui = true ui_config { enabled = false }' }, withUi).valuesOf(ui).enabled).toBe(false)
  })

  test('of a plugin that is switched off stays unread', () => {
    expect(problems({ 'a.hcl': 'plugins { gone { enabled = false anything = 1 } }' })).toEqual([])
  })
})

describe('owners', () => {
  const declaring = (options: OptionDeclarations) => ({ owners: [...owners, { name: 'rival', options }] })

  test('cannot share a key, or put one inside another', () => {
    for (const key of ['ports.dns', 'ports', 'ports.dns.more']) {
      expect(() => load({}, declaring({ x: { type: 'any', key, help: '' } }))).toThrow(
        `Option ${key} of plugin rival cannot be declared`,
      )
    }
    expect(() => load({}, declaring({ enabled: { type: 'boolean', help: '' } }))).toThrow('plugins.rival.enabled')
  })
})
