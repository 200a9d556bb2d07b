import { isIP, SocketAddress } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hexOf, ipOf, parseIp } from './ip-address.ts'

test.for([
  ['192.0.2.1', '192.0.2.1', 'c0000201'],
  ['2001:DB8:0:0:0::1', '2001:db8::1', '20010db8000000000000000000000001'],
  ['::', '::', '0'.repeat(32)],
  ['1:0:0:2:0:0:0:3', '1:0:0:2::3', '00010000000000020000000000000003'],
  ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7', '00010000000200030004000500060007'],
  ['::ffff:192.0.2.1', '192.0.2.1', 'c0000201'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221', '0064ff9b0000000000000000c0000221'],
] as const)('%s is written %s and named %s', ([text, canonical, hex]) => {
  const ip = parseIp(text)!
  expect(ip.text).toBe(canonical)
  expect(hexOf(ip)).toBe(hex)
})

test.for(['web.example.com', '', '1.2.3', 'fe80::1%eth0', '1.2.3.4.'])('"%s" is a host name', (text) => {
  expect(parseIp(text)).toBeUndefined()
})

test('every IPv6 address reads back from its text', () => {
  const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })
  fc.assert(
    fc.property(groups, (words) => {
      const octets = words.flatMap((word) => [word >> 8, word & 0xff])
      const ip = ipOf(octets)
      expect(isIP(ip.text)).toBe(ip.family)
      expect(parseIp(ip.text)).toEqual(ip)
      if (ip.family === 6 && !ip.text.startsWith('::')) {
        expect(new SocketAddress({ family: 'ipv6', address: ip.text }).address).toBe(ip.text)
      }
    }),
  )
})
