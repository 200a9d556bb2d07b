import { describe, expect, test } from 'vitest'
import { endpointText, joinAddressProblem, parseJoinAddress, resolveJoinAddress } from './join-address.ts'

describe('an address to join', () => {
  test.for([
    ['10.0.0.1', '10.0.0.1', undefined],
    ['10.0.0.1:9301', '10.0.0.1', 9301],
    ['consul.example.com', 'consul.example.com', undefined],
    ['consul.example.com:8301', 'consul.example.com', 8301],
    ['::1', '::1', undefined],
    ['[::1]', '::1', undefined],
    ['[fd00::7]:8301', 'fd00::7', 8301],
    ['web-1/10.0.0.1:8301', '10.0.0.1', 8301],
    [' 10.0.0.1 ', '10.0.0.1', undefined],
  ] as const)('%s is understood', ([text, host, port]) => {
    expect(parseJoinAddress(text)).toEqual({ host, port })
  })

  test.for(['', '10.0.0.1:', '10.0.0.1:0', '10.0.0.1:65536', '[10.0.0.1]:1', 'two words', '[::1', 'a:b'])(
    '%j is not',
    (text) => {
      expect(parseJoinAddress(text)).toBeUndefined()
      expect(joinAddressProblem(text)).toMatch(/is no address/)
    },
  )

  test('that is a name stands for each of its addresses once', async () => {
    const resolve = async () => ['10.0.0.1', '10.0.0.2', '10.0.0.1', 'FD00::0007']
    expect(await resolveJoinAddress({ host: 'all.example.com', port: undefined }, 8301, resolve)).toEqual([
      { address: '10.0.0.1', port: 8301 },
      { address: '10.0.0.2', port: 8301 },
      { address: 'fd00::7', port: 8301 },
    ])
  })

  test('that is an IP address asks nobody', async () => {
    const resolve = () => Promise.reject(new Error('asked'))
    expect(await resolveJoinAddress({ host: '::1', port: 9301 }, 8301, resolve)).toEqual([
      { address: '::1', port: 9301 },
    ])
  })

  test.for(['provider=aws tag_key=consul', 'exec=/bin/find', '{{ GetPrivateIP }}'])(
    '%s is refused with advice',
    (text) => {
      expect(joinAddressProblem(text)).toMatch(/not supported.*; write/)
    },
  )

  test('is written with brackets where a port would be mistaken', () => {
    expect(endpointText({ address: '::1', port: 8301 })).toBe('[::1]:8301')
    expect(endpointText({ address: '10.0.0.1', port: 8301 })).toBe('10.0.0.1:8301')
  })
})
