import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProconsulError } from '../../src/kernel/errors.ts'
import { parseJson } from '../../src/wire/schema.ts'
import { readCheckRequest, readServiceRequest } from './service-definition.ts'

const knows = (type: string) => ['ttl', 'http', 'tcp', 'script', 'disk'].includes(type)
const readService = (written: unknown) => readServiceRequest(written, knows)
const readCheck = (written: unknown) => readCheckRequest(written, knows)

describe('a service', () => {
  test('takes its id from its name and fills in the rest', () => {
    expect(readService({ Name: 'web' }).service).toMatchObject({
      ID: 'web',
      Service: 'web',
      Tags: null,
      Meta: null,
      TaggedAddresses: {},
      Weights: { Passing: 1, Warning: 1 },
    })
  })

  test('is reached at an IP address of its own under more names, where it does not say otherwise', () => {
    const lan = { Address: '192.0.2.7', Port: 5 }
    expect(
      readService({ Name: 'web', Address: '192.0.2.5', Port: 80, TaggedAddresses: { lan } }).service,
    ).toMatchObject({
      TaggedAddresses: {
        lan,
        lan_ipv4: { Address: '192.0.2.5', Port: 80 },
        wan_ipv4: { Address: '192.0.2.5', Port: 80 },
      },
    })
    expect(Object.keys(readService({ Name: 'web', Address: '2001:db8::1' }).service.TaggedAddresses!)).toEqual([
      'lan_ipv6',
      'wan_ipv6',
    ])
    expect(readService({ Name: 'web', Address: 'web.example' }).service.TaggedAddresses).toEqual({})
  })

  test('may be written in snake_case, and its checks as one, as several, or both', () => {
    const { service, checks } = readService({
      name: 'web',
      enable_tag_override: true,
      check: { ttl: '5s' },
      Checks: [
        { Args: ['/bin/true'], interval: '10s' },
        { tcp: 'web:80', Interval: 5e9, success_before_passing: 2 },
      ],
    })
    expect(service.EnableTagOverride).toBe(true)
    expect(checks.map(({ row }) => [row.TTL, row.ScriptArgs, row.TCP, row.Interval, row.SuccessBeforePassing])).toEqual(
      [
        [5e9, null, '', 0, 0],
        [0, ['/bin/true'], '', 10e9, 0],
        [0, null, 'web:80', 5e9, 2],
      ],
    )
  })

  test('has no check when it says {}', () => {
    expect(readService({ Name: 'web', Check: {} }).checks).toEqual([])
  })

  test.for([
    [{}, 'Missing service name'],
    [{ Name: 'w', Address: '::' }, 'Invalid service address'],
    [{ Name: 'w', Weights: { Passing: 1, Warning: -1 } }, 'Invalid Weights: Warning must be greater or equal than 0'],
    [{ Name: 'w', Weights: { Passing: 65536 } }, 'Invalid Weights: DNS Weight must be between 0 and 65535'],
    [
      { Name: 'w', Meta: { 'a b': 'c' } },
      "Invalid Service Meta: Couldn't load metadata pair ('a b', 'c'): Key contains invalid characters",
    ],
    [
      { Name: 'w', Kind: 'connect-proxy' },
      '2 errors occurred:\n\t* Proxy.DestinationServiceName must be non-empty for Connect proxy services\n' +
        '\t* Port or SocketPath must be set for a Connect proxy\n\n',
    ],
    [{ Name: 'w', Check: { Name: 'x' } }, 'Invalid check: TTL must be > 0 for TTL checks'],
    [{ Name: 'w', Check: { TTL: '1s', Status: 'x' } }, "Status for checks must 'passing', 'warning', 'critical'"],
    [{ Name: 'w', Tags: 'x' }, 'Request decode failed: field "Tags" must be a list, not a string'],
  ] as const)('%j is refused', ([written, message]) => {
    expect(() => readService(written)).toThrow(expect.objectContaining({ status: 400, message }))
  })
})

describe('a check', () => {
  test("of a plugin's type is told by its member, in any letter case", () => {
    const { type, draft } = readCheck({ Name: 'room', Disk: { path: '/' }, Interval: '10s' })
    expect([type, draft.extras]).toEqual(['disk', { Disk: { path: '/' } }])
  })

  test("of Consul's types is that, whatever else it says", () => {
    expect(readCheck({ Name: 'c', TTL: '1s', disk: {} }).type).toBe('ttl')
    expect(readCheck({ Name: 'c', HTTP: 'http://x/', disk: {}, Interval: '1s', Namespace: 'n' }).type).toBe('http')
  })

  test.for([
    [{ Name: 'c', dsk: {}, Interval: '1s' }, 'Invalid check: no plugin knows a check type named "dsk"'],
    [{ Name: 'c', disk: {} }, 'Invalid check: Interval must be > 0 for Script, HTTP, H2PING, or TCP checks'],
    [
      { Name: 'c', HTTP: 'x', AliasNode: 'n', Interval: '1s' },
      'Invalid check: Interval cannot be set for Alias checks',
    ],
    [{ Name: 'c', TTL: '1s', OutputMaxSize: -1 }, 'Invalid check: MaxOutputMaxSize must be positive'],
    [{ Name: 'c', Status: 'x' }, 'Bad check status'],
  ] as const)('%j is refused', ([written, message]) => {
    expect(() => readCheck(written)).toThrow(expect.objectContaining({ status: 400, message }))
  })
})

test('whatever a client sends is taken or refused, and breaks nothing', () => {
  const member = fc.constantFrom(
    ...['Name', 'ID', 'check', 'Checks', 'TTL', 'Interval', 'HTTP', 'Args', 'Header', 'Meta', 'Weights', 'Proxy'],
    ...['TaggedAddresses', 'connect', 'SidecarService', 'upstreams', 'disk', '__proto__', 'constructor', 'Status'],
  )
  const { tree } = fc.letrec((tie) => ({
    leaf: fc.oneof(
      fc.constantFrom(null, true, '', 'web', '10s', '-1s', 'passing', 0, 1, -1, 1e300, '2001:db8::1'),
      fc.string(),
      fc.double(),
    ),
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      tie('leaf'),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.array(fc.tuple(member, tie('tree')), { maxLength: 5 }).map((pairs) => Object.fromEntries(pairs)),
    ),
  }))
  fc.assert(
    fc.property(tree, fc.constantFrom(readService, readCheck), (written, read) => {
      try {
        read(parseJson(JSON.stringify(written)))
      } catch (error) {
        if (!(error instanceof ProconsulError)) throw error
        expect(error.status).toBe(400)
      }
    }),
    { numRuns: 3000 },
  )
})
