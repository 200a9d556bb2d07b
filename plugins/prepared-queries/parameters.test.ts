import { expect, test } from 'vitest'
import type { ApiRequest } from '../http-api/contract.ts'
import { booleanParameter, clientAddress, limitParameter } from './parameters.ts'

test('a limit is a whole number, 0 when there is none', () => {
  expect([undefined, '', '0', '7', '-3', '+2'].map(limitParameter)).toEqual([0, 0, 0, 7, -3, 2])
  expect(() => limitParameter('x')).toThrow('Bad limit: strconv.Atoi: parsing "x": invalid syntax')
  expect(() => limitParameter('99999999999999999999')).toThrow('value out of range')
})

test('a boolean is one that Go knows', () => {
  expect(['T', '1', '0', 'False', ''].map((text) => booleanParameter('connect', text))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ])
  const sentence = 'Error parsing \'connect\' value: strconv.ParseBool: parsing "yes": invalid syntax'
  expect(() => booleanParameter('connect', 'yes')).toThrow(sentence)
})

test('who asks is who a proxy says it is, when that is an address', () => {
  const from = (forwarded?: string) =>
    clientAddress({ header: () => forwarded, remoteAddress: '192.0.2.1' } as unknown as ApiRequest)
  expect([from(), from('198.51.100.7, 192.0.2.9'), from('nonsense'), from('2001:db8::1')]).toEqual([
    '192.0.2.1',
    '198.51.100.7',
    '192.0.2.1',
    '2001:db8::1',
  ])
})
