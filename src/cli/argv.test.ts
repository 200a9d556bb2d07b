import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConfigurationError, loadConfiguration } from '../config/load.ts'
import { systemReader } from '../config/sources.ts'
import { plainValue } from '../kernel/config-tree.ts'
import type { OptionOwner } from '../kernel/options.ts'
import { cacArguments, type FlagKind, ownFlagHelp, parseAgentArguments, readFlags } from './argv.ts'

const owners: OptionOwner[] = [
  {
    name: 'agent',
    options: {
      server: { type: 'boolean', key: 'server', flag: 'server', default: false, help: '' },
      expect: { type: 'integer', key: 'bootstrap_expect', flag: 'bootstrap-expect', default: 0, help: '' },
      bind: { type: 'addresses', key: 'bind_addr', flag: 'bind', default: '0.0.0.0', help: '' },
      node: { type: 'text', key: 'node_name', flag: 'node', help: '' },
      meta: { type: 'map', key: 'node_meta', flag: 'node-meta', help: '' },
      dnsPort: { type: 'port', key: 'ports.dns', flag: 'dns-port', default: 8600, help: '' },
      httpPort: { type: 'port', key: 'ports.http', flag: 'http-port', default: 8500, help: '' },
      recursors: { type: 'list', key: 'recursors', flag: 'recursor', help: '' },
    },
  },
]

const parse = (...args: string[]) => parseAgentArguments(args, owners)
const flagsOf = (...args: string[]) => JSON.parse(JSON.stringify(plainValue(parse(...args).flags)))

function problems(...args: string[]): string[] {
  try {
    parse(...args)
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    return error.message.split('\n')
  }
  return []
}

describe("Consul's command line", () => {
  test.for<[string[], unknown]>([
    [['-bind=10.0.0.1'], { bind_addr: '10.0.0.1' }],
    [['-bind', '10.0.0.1'], { bind_addr: '10.0.0.1' }],
    [['--bind', '10.0.0.1'], { bind_addr: '10.0.0.1' }],
    [['-bind='], { bind_addr: '' }],
    [['-bind=a=b'], { bind_addr: 'a=b' }],
    [['-node', '-dashed'], { node_name: '-dashed' }],
    [['-node', '007'], { node_name: '007' }],
    [['-server'], { server: true }],
    [['-server=false'], { server: false }],
    [['-server', '-bootstrap-expect', '3'], { server: true, bootstrap_expect: 3 }],
    [['-dns-port=53', '-http-port', '-1'], { ports: { dns: 53, http: -1 } }],
    [['-node-meta', 'rack:7', '-node-meta=url:http://x'], { node_meta: { rack: '7', url: 'http://x' } }],
    [['-recursor=1.1.1.1', '-recursor', '2.2.2.2'], { recursors: ['1.1.1.1', '2.2.2.2'] }],
    [['-node=a', '-node=b'], { node_name: 'b' }],
  ])('%j sets options', ([args, tree]) => {
    expect(flagsOf(...args)).toEqual(tree)
  })

  test('keeps files and folders in the order named', () => {
    expect(parse('-config-dir', 'a', '-config-file=b.hcl', '-config-dir=c').places).toEqual(['a', 'b.hcl', 'c'])
  })

  test('names what is to load, and the mode', () => {
    const read = parse(
      '-dev',
      '-hcl',
      'a = 1',
      '-plugin=./x.ts',
      '-plugin',
      'pkg',
      '-disable-plugin=dns',
      '-config-format=json',
    )
    expect(read).toMatchObject({
      dev: true,
      help: false,
      fragments: ['a = 1'],
      plugins: ['./x.ts', 'pkg'],
      disabledPlugins: ['dns'],
      format: 'json',
    })
    expect(parse('-dev=false').dev).toBe(false)
    for (const help of ['-h', '-help', '--help']) expect(parse(help).help).toBe(true)
  })

  test('ends at the first word that is no flag', () => {
    expect(parse('-server', 'file.hcl', '-bind=x')).toMatchObject({ rest: ['file.hcl', '-bind=x'] })
    expect(parse('-server', '--', '-bind=x').rest).toEqual(['-bind=x'])
    expect(parse('-server', '-').rest).toEqual(['-'])
  })

  test.for<[string[], string]>([
    [['-bnid=1.2.3.4'], 'flag -bnid: is not a flag of this command; did you mean -bind?'],
    [['-qwertyuiop'], 'flag -qwertyuiop: is not a flag of this command; see -help'],
    [['---bind'], 'flag ---bind: is not a flag; write -name or -name=value'],
    [['-bind'], 'flag -bind: needs a value; write it behind the flag'],
    [['-dns-port=x'], 'flag -dns-port: "x" must be a number'],
    [['-server=maybe'], 'flag -server: "maybe" must be true or false'],
    [['-dev=maybe'], 'flag -dev: must be true or false'],
    [['-node-meta=x'], 'flag -node-meta: "x" must be a name and a value; write name:value'],
    [['-config-format=yaml'], 'flag -config-format: "yaml" is no format; use hcl or json'],
    [['-dc=dc1'], 'flag -dc: was dropped by Consul 1.0; use -datacenter'],
    [['-https-port=8501'], 'flag -https-port: HTTPS is not supported yet; put a TLS proxy in front'],
    [['-domain=x'], 'flag -domain: needs a plugin that declares domain, and none is loaded; remove it'],
  ])('%j is refused with advice', ([args, message]) => {
    expect(problems(...args)).toEqual([message])
  })

  test('reports all that is wrong at once', () => {
    expect(problems('-dns-port=x', '-bnid=y', '-join=1.2.3.4')).toHaveLength(3)
  })

  test('warns of what it ignores, and not of what asks for nothing', () => {
    expect(parse('-ui', '-syslog').warnings).toEqual([
      'flag -ui: is ignored: the web UI is not supported yet',
      'flag -syslog: is ignored: logs go to standard output; let the service manager keep them',
    ])
    expect(parse('-ui=false', '-disable-host-node-id', '-protocol=2', '-grpc-port=-1').warnings).toEqual([])
  })

  test('passes over unknown flags when plugins that may bring them are not loaded yet', () => {
    const read = parseAgentArguments(['-ntp-offset', '5s', '-plugin=./ntp.ts'], owners, { tolerant: true })
    expect(read.plugins).toEqual(['./ntp.ts'])
  })

  test('is one source of configuration among others', () => {
    const { flags, fragments } = parse('-dns-port=99999', '-node=x')
    expect(() => loadConfiguration({ flags, fragments, owners, reader: systemReader })).toThrow(
      'flag -dns-port: ports.dns: 99999 is not a port; use 1 to 65535, or -1 for off',
    )
  })

  test('of any words gives arguments or a ConfigurationError', () => {
    const word = fc.oneof(
      fc.string(),
      fc.string().map((text) => `-${text}`),
      fc.constantFrom('-bind', '-server', '-dev', '--', '-'),
    )
    fc.assert(
      fc.property(fc.array(word), (args) => {
        try {
          parse(...args)
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigurationError)
        }
      }),
    )
  })

  test('cannot have one flag for two options', () => {
    const rival = { name: 'rival', options: { bind: { type: 'text', flag: 'bind', help: '' } } } as const
    expect(() => parseAgentArguments([], [...owners, rival])).toThrow('because bind_addr has it; give it another flag')
    const dev = { name: 'rival', options: { dev: { type: 'text', flag: 'dev', help: '' } } } as const
    expect(() => parseAgentArguments([], [dev])).toThrow('because the command line itself has it')
  })
})

test('arguments for cac have two dashes', () => {
  expect(cacArguments(['kv', 'get', '-recurse', '-http-addr=x', '-h', '--x', '-1', '-', '--', '-y'])).toEqual([
    'kv',
    'get',
    '--recurse',
    '--http-addr=x',
    '-h',
    '--x',
    '-1',
    '-',
    '--',
    '-y',
  ])
})

test('other commands read their flags by the same rules', () => {
  const kinds = new Map<string, FlagKind>([
    ['recurse', 'boolean'],
    ['token', 'value'],
  ])
  expect(readFlags(['-recurse', '-token', 't', 'key'], (name) => kinds.get(name))).toEqual({
    uses: [
      { name: 'recurse', value: undefined },
      { name: 'token', value: 't' },
    ],
    rest: ['key'],
    problems: [],
  })
})

test('every flag of its own has a line of help', () => {
  expect(ownFlagHelp()).toContainEqual(['-dev', 'Development: one server, in memory, nothing written.'])
})
