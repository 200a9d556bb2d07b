import { expect, test } from 'vitest'
import { clientAddress } from './client-address.ts'

test('who asks is who a proxy says it is, when that is an address', () => {
  const from = (forwarded?: string) => clientAddress({ header: () => forwarded, remoteAddress: '192.0.2.1' })
  expect([from(), from('198.51.100.7, 192.0.2.9'), from('nonsense'), from('2001:db8::1')]).toEqual([
    '192.0.2.1',
    '198.51.100.7',
    '192.0.2.1',
    '2001:db8::1',
  ])
})
