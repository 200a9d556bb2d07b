import { describe, expect, expectTypeOf, test } from 'vitest'
import type { ConfigEntry, ConfigNode, ConfigObject, Origin } from './config-tree.ts'
import { formatProblem, parseOptions } from './option-values.ts'
import type { OptionDeclarations } from './options.ts'

const origin: Origin = { file: 'conf/agent.hcl', line: 3, column: 7 }

function node(value: unknown): ConfigNode {
  if (typeof value === 'string') return { kind: 'text', value, origin }
  if (typeof value === 'number') return { kind: 'number', value, literal: String(value), origin }
  if (typeof value === 'boolean') return { kind: 'boolean', value, origin }
  if (value === null) return { kind: 'null', origin }
  if (Array.isArray(value)) return { kind: 'list', items: value.map(node), repeated: false, origin }
  return tree(value as object)
}

function tree(values: object): ConfigObject {
  const entries = new Map<string, ConfigEntry>()
  for (const [key, value] of Object.entries(values)) entries.set(key, { keyOrigin: origin, value: node(value) })
  return { kind: 'object', entries, origin }
}

const options = {
  port: { type: 'port', key: 'ports.dns', default: 8600, help: '' },
  level: { type: 'text', key: 'log_level', choices: ['debug', 'info'], default: 'info', devDefault: 'debug', help: '' },
  ttl: { type: 'duration', key: 'dns_config.node_ttl', default: '1.5s', min: '0s', max: '1h', help: '' },
  joins: { type: 'list', key: 'retry_join', help: '' },
  meta: { type: 'map', key: 'node_meta', help: '' },
  leave: { type: 'boolean', key: 'leave_on_terminate', help: '' },
  expect: { type: 'integer', key: 'bootstrap_expect', min: 0, max: 100, default: 0, help: '' },
  rate: { type: 'float', key: 'limits.rpc_rate', min: 0, help: '' },
  client: { type: 'addresses', key: 'client_addr', default: '127.0.0.1', help: '' },
  path: { type: 'path', help: '' },
  dataDir: { type: 'path', key: 'data_dir', help: '' },
  service: { type: 'any', key: 'service', help: '' },
} as const satisfies OptionDeclarations

describe('options', () => {
  test('that nobody wrote have their defaults', () => {
    const { values, problems } = parseOptions('x', options, tree({}))
    expect(problems).toEqual([])
    expect(values).toEqual({
      port: 8600,
      level: 'info',
      ttl: 1500,
      joins: [],
      meta: {},
      leave: undefined,
      expect: 0,
      rate: undefined,
      client: ['127.0.0.1'],
      path: undefined,
      dataDir: undefined,
      service: undefined,
    })
    expectTypeOf(values.level).toEqualTypeOf<'debug' | 'info'>()
  })

  test('are converted to what setup receives', () => {
    const written = tree({
      ports: { dns: 53 },
      log_level: 'DEBUG',
      dns_config: { node_ttl: '1m' },
      retry_join: ['a', 'b'],
      node_meta: { rack: '7', __proto__x: 'y' },
      leave_on_terminate: false,
      bootstrap_expect: 3,
      limits: { rpc_rate: 0.5 },
      client_addr: '{{ GetInterfaceIP "eth0" }} ::1',
      plugins: { x: { path: './check.ts' } },
      data_dir: './data',
    })
    const { values, problems } = parseOptions('x', options, written)
    expect(problems).toEqual([])
    expect({ ...values, meta: { ...values.meta } }).toMatchObject({
      port: 53,
      level: 'debug',
      ttl: 60_000,
      joins: ['a', 'b'],
      meta: { rack: '7', __proto__x: 'y' },
      leave: false,
      expect: 3,
      rate: 0.5,
      client: ['{{ GetInterfaceIP "eth0" }}', '::1'],
      path: expect.stringMatching(/\/conf\/check\.ts$/),
      dataDir: `${process.cwd()}/data`,
    })
  })

  test('have other defaults under -dev, where they declare them', () => {
    expect(parseOptions('x', options, tree({}), { dev: true }).values.level).toBe('debug')
    expect(parseOptions('x', options, tree({ log_level: 'info' }), { dev: true }).values.level).toBe('info')
  })

  test('that are null count as not written', () => {
    expect(parseOptions('x', options, tree({ ports: { dns: null } })).values.port).toBe(8600)
  })

  test.for([
    [{ ports: { dns: '8600' } }, 'ports.dns: must be a port number, not a string'],
    [{ ports: { dns: 65536 } }, 'ports.dns: 65536 is not a port; use 1 to 65535, or -1 for off'],
    [{ ports: { dns: 53.5 } }, 'ports.dns: 53.5 is not a port; use 1 to 65535, or -1 for off'],
    [{ log_level: 'loud' }, 'log_level: "loud" is not one of its values; use "debug", "info"'],
    [{ log_level: 3 }, 'log_level: must be a string, not a number; put it in double quotes'],
    [
      { dns_config: { node_ttl: '5' } },
      'dns_config.node_ttl: "5" is not a duration; write a number with its unit, like "10s", "1m30s" or "500ms"',
    ],
    [{ dns_config: { node_ttl: '2h' } }, 'dns_config.node_ttl: "2h" is out of range; use 0s to 1h'],
    [{ retry_join: ['a', 1] }, 'retry_join: must hold strings only, not a number'],
    [{ node_meta: { a: 1 } }, 'node_meta: "a" must be a string, not a number'],
    [{ leave_on_terminate: 'yes' }, 'leave_on_terminate: must be true or false, not a string; write it without quotes'],
    [{ bootstrap_expect: 1.5 }, 'bootstrap_expect: 1.5 is not a whole number of at most 16 digits; write one'],
    [{ bootstrap_expect: -1 }, 'bootstrap_expect: -1 is out of range; use 0 to 100'],
    [{ limits: { rpc_rate: -1 } }, 'limits.rpc_rate: -1 is out of range; use 0 or more'],
    [{ client_addr: 'x'.repeat(5000) }, 'client_addr: is longer than 4096 characters'],
  ] as const)('refuse %j, saying where and why', ([written, message]) => {
    const { problems } = parseOptions('x', options, tree(written))
    expect(problems.map(formatProblem)).toEqual([`conf/agent.hcl:3:7: ${message}`])
  })

  test('collect every problem, not only the first', () => {
    expect(parseOptions('x', options, tree({ ports: { dns: 'a' }, log_level: 1 })).problems).toHaveLength(2)
  })

  test('read 0 and negative ports as off, as Consul does', () => {
    expect(parseOptions('x', options, tree({ ports: { dns: 0 } })).values.port).toBe(-1)
    expect(parseOptions('x', options, tree({ ports: { dns: -7 } })).values.port).toBe(-1)
  })
})
