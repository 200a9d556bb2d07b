import { isIP } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressFromBytes, addressToBytes } from './address-bytes.ts'

test.for([
  ['10.0.0.255', '0a0000ff'],
  ['::', '00000000000000000000000000000000'],
  ['::1', '00000000000000000000000000000001'],
  ['fe80::', 'fe800000000000000000000000000000'],
  ['2001:db8::8a2e:370:7334', '20010db80000000000008a2e03707334'],
  ['2001:db8:0:1:1:1:1:1', '20010db8000000010001000100010001'],
  ['1:0:0:2::3', '00010000000000020000000000000003'],
])('%s', ([text, hex]) => {
  const bytes = Buffer.from(hex!, 'hex')
  expect(addressToBytes(text!)).toEqual(bytes)
  expect(addressFromBytes(bytes)).toBe(text)
})

test('an IPv4 address mapped into IPv6 is the IPv4 address, in text and in bytes', () => {
  expect(addressToBytes('::ffff:10.1.2.3')).toEqual(Buffer.from([10, 1, 2, 3]))
  expect(addressFromBytes(Buffer.from('00000000000000000000ffff0a010203', 'hex'))).toBe('10.1.2.3')
})

test('a zone says where to send from, not where to: it is left out', () => {
  expect(addressToBytes('fe80::1%eth0')).toEqual(addressToBytes('fe80::1'))
})

test.for([
  '',
  '1.2.3',
  '1.2.3.256',
  '01.2.3.4',
  '1.2.3.4.5',
  ':',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  'g::',
  '::1.2.3',
  '12345::',
  'localhost',
  '1:2:3:4:5:6:7::8',
])('"%s" is no address', (text) => expect(addressToBytes(text)).toBeUndefined())

test('bytes of another length are no address', () => {
  expect(addressFromBytes(Buffer.alloc(0))).toBeUndefined()
  expect(addressFromBytes(Buffer.alloc(15))).toBeUndefined()
})

test('bytes survive as text, which is an address to Node too', () => {
  const word = fc.oneof(fc.constant([0, 0]), fc.tuple(fc.nat(255), fc.nat(255)))
  fc.assert(
    fc.property(fc.array(word, { minLength: 8, maxLength: 8 }), (words) => {
      const bytes = Buffer.from(words.flat())
      const text = addressFromBytes(bytes)!
      expect(isIP(text)).not.toBe(0)
      expect(addressFromBytes(addressToBytes(text)!)).toBe(text)
    }),
  )
})
