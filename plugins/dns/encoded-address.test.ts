import { Packet } from 'dns2'
import { expect, test } from 'vitest'
import { encodedAddress } from './encoded-address.ts'

const { TYPE } = Packet
const owner = 'x.addr.consul'

test('eight or 32 digits are an address', () => {
  expect(encodedAddress(owner, ['C000020b'], TYPE.A, 9)).toMatchObject({
    answers: [{ name: owner, type: TYPE.A, ttl: 9, address: '192.0.2.11' }],
    additionals: [],
  })
  const six = encodedAddress(owner, ['20010db8000000000000000000000006'], TYPE.ANY, 0)
  expect(six).toMatchObject({ answers: [{ type: TYPE.AAAA, address: '2001:db8::6' }] })
})

test('asked for another type, the address stands beside an empty answer', () => {
  expect(encodedAddress(owner, ['c000020b'], TYPE.AAAA, 0)).toMatchObject({
    answers: [],
    additionals: [{ type: TYPE.A, address: '192.0.2.11' }],
  })
})

test('another number of digits is a name without records', () => {
  expect(encodedAddress(owner, ['c00002'], TYPE.A, 0)).toEqual({ answers: [], additionals: [] })
})

test.for([[['zz00020b']], [['c000020b0']], [['a', 'b']], [[]]])('%j is no name', ([labels]) => {
  expect(encodedAddress(owner, labels!, TYPE.A, 0)).toBeUndefined()
})
