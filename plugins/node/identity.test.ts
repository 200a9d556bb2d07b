import { describe, expect, test } from 'vitest'
import { type NodeOptions, settleIdentity } from './identity.ts'

const interfaces = [
  { name: 'lo', address: '127.0.0.1', internal: true },
  { name: 'eth0', address: '192.168.1.5', internal: false },
]
const around = { hostName: 'host-1', interfaces, version: '0.1.0', consulVersion: '1.10.12' }

const options: NodeOptions = {
  dev: false,
  nodeName: undefined,
  nodeId: undefined,
  datacenter: 'DC1',
  server: true,
  dataDir: '/data',
  bindAddr: ['0.0.0.0'],
  advertiseAddr: [],
  advertiseAddrWan: [],
  clientAddr: ['127.0.0.1'],
  httpPort: 8500,
  dnsPort: 8600,
  serverPort: 8300,
  serfLanPort: 8301,
  serfWanPort: 8302,
  nodeMeta: {},
}

describe('the identity of a node', () => {
  test('takes the host name, the lower-case datacenter and the private address when nothing else is said', () => {
    expect(settleIdentity(options, around).facts).toMatchObject({
      name: 'host-1',
      datacenter: 'dc1',
      bindAddress: '0.0.0.0',
      advertiseAddress: '192.168.1.5',
      advertiseWanAddress: '192.168.1.5',
      taggedAddresses: {
        lan: '192.168.1.5',
        lan_ipv4: '192.168.1.5',
        wan: '192.168.1.5',
        wan_ipv4: '192.168.1.5',
      },
    })
  })

  test('lists several client addresses and unix sockets', () => {
    const { facts } = settleIdentity({ ...options, clientAddr: ['127.0.0.1', 'unix:///run/p.sock'] }, around)
    expect(facts.clientAddresses).toEqual(['127.0.0.1', 'unix:///run/p.sock'])
  })

  test('needs no server port as a client', () => {
    expect(settleIdentity({ ...options, server: false, serverPort: -1 }, around).facts.ports.server).toBe(-1)
  })

  test('keeps nothing on disk with -dev', () => {
    expect(settleIdentity({ ...options, dev: true }, around).facts.dataDir).toBeUndefined()
  })

  test.for([
    [{ dataDir: undefined }, 'data_dir: required'],
    [{ datacenter: 'a b' }, 'datacenter: "a b" must consist of'],
    [{ nodeId: 'x' }, 'node_id: "x" is no UUID'],
    [{ serfLanPort: -1 }, 'ports.serf_lan: an agent finds the others by it'],
    [{ serverPort: -1 }, 'ports.server: servers talk to one another on it'],
    [{ nodeName: ' ' }, 'node_name: must not be empty'],
    [{ nodeMeta: { 'consul-x': 'y' } }, 'node_meta: the key "consul-x" begins with consul-'],
    [{ nodeMeta: { 'a b': 'y' } }, 'node_meta: the key "a b" must be'],
    [{ nodeMeta: { a: 'y'.repeat(513) } }, 'node_meta: the value of "a" is longer'],
    [{ advertiseAddr: ['nonsense'] }, 'advertise_addr: '],
  ] as const)('refuses %o and names the key', ([changes, message]) => {
    expect(() => settleIdentity({ ...options, ...changes } as NodeOptions, around)).toThrow(message)
  })
})
