import { expect, test } from 'vitest'
import { readNetworks } from './networks.ts'

const key = 'serf_lan_allowed_cidrs'

test('without networks everybody is allowed', () => {
  expect(readNetworks(key, [])).toBeUndefined()
})

test.for([
  ['10.1.2.3', true],
  ['11.0.0.1', false],
  ['192.0.2.7', true],
  ['192.0.2.8', false],
  ['fd00::1', true],
  ['fe80::1', false],
  ['no address', false],
] as const)('%s among 10.0.0.0/8, 192.0.2.7/32 and fd00::/8: %j', ([address, allowed]) => {
  expect(readNetworks(key, ['10.0.0.0/8', '192.0.2.7/32', ' fd00::/8 '])?.(address)).toBe(allowed)
})

test.for(['10.0.0.0', '10.0.0.0/33', 'fd00::/129', 'ten/8', ''])('%j is refused, naming the key', (cidr) => {
  expect(() => readNetworks(key, [cidr])).toThrow(/^serf_lan_allowed_cidrs: ".*" is no network; write one/)
})
