import { expect, test } from 'vitest'
import { readServiceTtl, ttlSeconds } from './service-ttl.ts'

test.for([
  ['web', 30],
  ['WEB', 30],
  ['webs', 10],
  ['extsvc', 6],
  ['exxx', 5],
  ['other', 10],
] as const)('the lifetime of %s is %i s', ([service, seconds]) => {
  const ttl = readServiceTtl({ '*': '10s', Web: '30s', 'ex*': '5s', 'extsv*': '6s' })
  expect(ttl(service)).toBe(seconds)
})

test('a service without a setting has none', () => {
  expect(readServiceTtl({})('web')).toBe(0)
})

test('what is no duration is refused with its key', () => {
  expect(() => readServiceTtl({ web: '10' })).toThrow('dns_config.service_ttl: "10" of "web"')
  expect(() => readServiceTtl({ web: '-1s' })).toThrow('is no duration')
})

test('part of a second does not count', () => {
  expect(ttlSeconds(1999.9)).toBe(1)
})
