import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AddressError, chooseAdvertiseAddress, type InterfaceAddress, resolveAddresses, resolveIp } from './address.ts'

const loopback: InterfaceAddress[] = [
  { name: 'lo', address: '127.0.0.1', internal: true },
  { name: 'lo', address: '::1', internal: true },
]
const machine: InterfaceAddress[] = [
  ...loopback,
  { name: 'eth0', address: 'fe80::1', internal: false },
  { name: 'eth0', address: '2001:db8::7', internal: false },
  { name: 'eth0', address: '10.0.0.7', internal: false },
  { name: 'eth1', address: '198.51.100.7', internal: false },
]

describe('an address setting', () => {
  test.for<[string[], unknown[]]>([
    [['127.0.0.1'], [{ kind: 'ip', ip: '127.0.0.1' }]],
    [
      ['127.0.0.1', '::1'],
      [
        { kind: 'ip', ip: '127.0.0.1' },
        { kind: 'ip', ip: '::1' },
      ],
    ],
    [['[::1]'], [{ kind: 'ip', ip: '::1' }]],
    [['unix:///run/p.sock'], [{ kind: 'unix', path: '/run/p.sock' }]],
    [['10.0.0.7', '{{ GetPrivateIP }}'], [{ kind: 'ip', ip: '10.0.0.7' }]],
    [['{{GetPublicIP}}'], [{ kind: 'ip', ip: '198.51.100.7' }]],
    [['{{ GetInterfaceIP "eth0" }}'], [{ kind: 'ip', ip: '10.0.0.7' }]],
    [['{{ GetInterfaceIP `eth1` }}'], [{ kind: 'ip', ip: '198.51.100.7' }]],
    [
      ['{{ GetInterfaceIPs "eth0" }}'],
      [
        { kind: 'ip', ip: '10.0.0.7' },
        { kind: 'ip', ip: '2001:db8::7' },
      ],
    ],
    [[], []],
  ])('%j is understood', ([words, addresses]) => {
    expect(resolveAddresses(words, machine)).toEqual(addresses)
  })

  test.for<[string, string]>([
    ['localhost', '"localhost" is not an IP address; write one such as 10.0.0.1 or ::1'],
    ['10.0.0.256', '"10.0.0.256" is not an IP address; write one such as 10.0.0.1 or ::1'],
    ['10.0.0.1:80', '"10.0.0.1:80" is not an IP address; write one such as 10.0.0.1 or ::1'],
    ['unix://', '"unix://" names no socket; write unix:// and a path'],
    ['{{ GetAllInterfaces }}', 'is not supported'],
    ['{{ GetPrivateInterfaces | attr "address" }}', 'is not supported'],
    ['{{ GetInterfaceIP }}', 'is not supported'],
    ['{{ GetPrivateIP "eth0" }}', 'is not supported'],
    ['{{ GetInterfaceIP "eth9" }}', '{{ GetInterfaceIP "eth9" }} finds no address on this machine; write the address'],
    ['{{', 'is not supported'],
  ])('%j is refused with advice', ([word, message]) => {
    expect(() => resolveAddresses([word], machine)).toThrow(AddressError)
    expect(() => resolveAddresses([word], machine)).toThrow(message)
  })

  test('for one IP refuses several, none and sockets', () => {
    expect(resolveIp(['{{ GetPrivateIP }}'], machine)).toBe('10.0.0.7')
    for (const words of [[], ['10.0.0.1', '10.0.0.2'], ['unix:///x']]) {
      expect(() => resolveIp(words, machine)).toThrow('exactly one IP address')
    }
  })

  test('of any text gives addresses or an AddressError', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `{{ ${text} }}`),
          fc.ipV4(),
          fc.ipV6(),
        ),
        (word) => {
          try {
            expect(resolveAddresses([word], machine).length).toBeGreaterThan(0)
          } catch (error) {
            expect(error).toBeInstanceOf(AddressError)
          }
        },
      ),
    )
  })
})

describe('the advertised address', () => {
  const publicOnly = [...loopback, { name: 'e', address: '198.51.100.7', internal: false }]

  test('is what the operator says, unless nobody could connect to it', () => {
    expect(chooseAdvertiseAddress('10.9.9.9', machine, ['{{ GetPublicIP }}'])).toEqual({
      ip: '198.51.100.7',
      others: [],
    })
    expect(() => chooseAdvertiseAddress('10.9.9.9', machine, ['0.0.0.0'])).toThrow('nobody can connect to 0.0.0.0')
    expect(() => chooseAdvertiseAddress('10.9.9.9', machine, ['[::]'])).toThrow('nobody can connect to ::')
  })

  test('is the bind address when that is one', () => {
    expect(chooseAdvertiseAddress('10.9.9.9', machine)).toEqual({ ip: '10.9.9.9', others: [] })
  })

  test('for 0.0.0.0 is the private IPv4 address, for :: the public IPv6 one', () => {
    expect(chooseAdvertiseAddress('0.0.0.0', machine).ip).toBe('10.0.0.7')
    const withPrivate = [{ name: 'eth2', address: 'fd00::7', internal: false }, ...machine]
    expect(chooseAdvertiseAddress('::', withPrivate)).toEqual({ ip: '2001:db8::7', others: [] })
  })

  test('falls back to any other, and to loopback on a machine without a network', () => {
    expect(chooseAdvertiseAddress('0.0.0.0', publicOnly).ip).toBe('198.51.100.7')
    expect(chooseAdvertiseAddress('0.0.0.0', loopback).ip).toBe('127.0.0.1')
    expect(chooseAdvertiseAddress('::', loopback).ip).toBe('::1')
    expect(() => chooseAdvertiseAddress('0.0.0.0', [])).toThrow('no address to advertise')
  })

  test('among several is the first, and the others are told', () => {
    const several = [...machine, { name: 'docker0', address: '172.17.0.1', internal: false }]
    expect(chooseAdvertiseAddress('0.0.0.0', several)).toEqual({ ip: '10.0.0.7', others: ['172.17.0.1'] })
  })
})
