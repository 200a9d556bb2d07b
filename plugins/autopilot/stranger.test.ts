import { expect, test } from 'vitest'
import { strangeness } from './stranger.ts'

const own = ['10.0.0.1:8300', '10.0.0.2:8300', '10.0.0.3:8300']
const met = (peers: string[], address = '10.0.0.9:8300') => strangeness({ name: 'new', address, peers, own })

test('a server that never was in a cluster is no stranger', () => {
  expect(met([])).toBeUndefined()
})

test('nor is one that was ours before, whoever has come and gone since', () => {
  expect(met(['10.0.0.9:8300', '10.0.0.1:8300', '10.0.0.7:8300'])).toBeUndefined()
  expect(met(['10.0.0.1:8300', '10.0.0.3:8300'])).toBeUndefined()
})

test('one that began a cluster by itself is, also at the address that one of ours had', () => {
  expect(met(['10.0.0.9:8300'])).toMatch(
    /^new is in another cluster, of the servers 10\.0\.0\.9:8300; .* stop .* empty data directories/,
  )
  expect(met(['10.0.0.3:8300'], '10.0.0.3:8300')).toMatch(/^new is in another cluster/)
})

test('one that remembers others only is', () => {
  expect(met(['10.0.0.9:8300', '10.0.0.8:8300'])).toMatch(/of the servers 10\.0\.0\.9:8300, 10\.0\.0\.8:8300;/)
})
