import { describe, expect, test } from 'vitest'
import { RegisterRequest } from '../../src/wire/structs/catalog.ts'
import { prepareDeregister, prepareRegister } from './register.ts'

const prepare = (request: Record<string, unknown>) =>
  prepareRegister(RegisterRequest.fromJson({ Node: 'n', Address: '192.0.2.1', ...request }))

describe('a registration', () => {
  test('gets the ids that were left out, and one list of checks', () => {
    const request = prepare({
      Service: { Service: 'web' },
      Check: { Name: 'last' },
      Checks: [{ CheckID: 'first', Name: 'x', Node: 'elsewhere' }],
    })
    expect(request).toMatchObject({
      Service: { ID: 'web', Service: 'web' },
      Check: null,
      Checks: [
        { CheckID: 'first', Node: 'elsewhere' },
        { CheckID: 'last', Node: 'n' },
      ],
    })
  })

  test.for([
    [{ HTTP: 'http://x', Interval: '10s' }, 'http'],
    [{ HTTP: 'http://x' }, ''],
    [{ TCP: 'x:1', Interval: '10s' }, 'tcp'],
    [{ GRPC: 'x:1', Interval: '10s' }, 'grpc'],
    [{ H2PING: 'x:1', Interval: '10s' }, 'h2ping'],
    [{ TTL: 1_000_000_000 }, 'ttl'],
    [{ AliasService: 'other' }, 'alias'],
    [{ DockerContainerID: 'd', ScriptArgs: ['a'], Interval: '10s' }, 'docker'],
    [{ ScriptArgs: ['a'], Interval: '10s' }, 'script'],
    [{}, ''],
  ] as const)('of a check defined as %j makes it of type "%s"', ([Definition, type]) => {
    expect(prepare({ Check: { Name: 'c', Definition } }).Checks?.[0]?.Type).toBe(type)
  })

  test('keeps the type of a check that has one', () => {
    expect(prepare({ Check: { Name: 'c', Type: 'ntp', Definition: { TTL: 5 } } }).Checks?.[0]?.Type).toBe('ntp')
  })

  test.for([
    [{ Node: '' }, 'Must provide node'],
    [{ Address: '' }, 'Must provide address if SkipNodeUpdate is not set'],
    [{ ID: 'nonsense' }, 'Bad node ID: uuid string is wrong length'],
    [{ ID: 'aaaaaaaa0-000-4000-8000-000000000001' }, 'Bad node ID: uuid is improperly formatted'],
    [{ ID: 'xaaaaaaa-0000-4000-8000-000000000001' }, "Bad node ID: encoding/hex: invalid byte: U+0078 'x'"],
    [{ Service: { ID: 'x' } }, 'Must provide service name with ID'],
    [{ Service: { Service: 'w', Address: '0.0.0.0' } }, 'Invalid service address'],
    [{ Service: { Service: 'w', Address: '0:0::0' } }, 'Invalid service address'],
    [
      { Service: { Service: 'p', Kind: 'connect-proxy' } },
      '2 errors occurred:\n\t* Proxy.DestinationServiceName must be non-empty for Connect proxy services\n\t* Port or SocketPath must be set for a Connect proxy\n\n',
    ],
    [
      { Service: { Service: 'g', Kind: 'mesh-gateway', Proxy: { Upstreams: [{ DestinationName: 'x' }] } } },
      '2 errors occurred:\n\t* Port must be non-zero for a mesh-gateway\n\t* The Proxy.Upstreams configuration is invalid for a mesh-gateway\n\n',
    ],
    [
      {
        Service: {
          Service: 'p',
          Kind: 'connect-proxy',
          Port: 1,
          Proxy: {
            DestinationServiceName: 'web',
            Upstreams: [
              { DestinationName: 'a', LocalBindPort: 1 },
              { DestinationName: 'a', LocalBindPort: 2 },
              { DestinationName: 'b', LocalBindPort: 1 },
              { DestinationName: 'c' },
              { DestinationType: 'dream', DestinationName: 'd' },
            ],
            Expose: { Paths: [{ Path: '', ListenerPort: 70000 }] },
          },
        },
      },
      [
        '6 errors occurred:',
        '\t* upstreams cannot contain duplicates of [type="", name="a", datacenter=""]',
        '\t* upstreams cannot contain duplicates by local bind address and port or unix path; "127.0.0.1:1" is specified twice',
        '\t* upstream local bind port or local socket path must be defined and nonzero',
        '\t* unknown upstream destination type: "dream"',
        '\t* expose.paths: empty path exposed',
        '\t* expose.paths: invalid listener port: 70000',
        '',
        '',
      ].join('\n'),
    ],
  ] as const)('%j is refused', ([request, message]) => {
    expect(() => prepare(request)).toThrow(expect.objectContaining({ status: 500, message }))
  })

  test('may skip the address together with the update', () => {
    expect(prepare({ Address: '', SkipNodeUpdate: true }).Address).toBe('')
  })
})

test('a deregistration names its node', () => {
  const request = { Datacenter: '', Node: '', ServiceID: 'x', CheckID: '', Token: '' }
  expect(() => prepareDeregister(request)).toThrow('Must provide node')
})
