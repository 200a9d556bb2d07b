import { expect, test } from 'vitest'
import { strangeness } from './stranger.ts'

const peer = (text: string) => {
  const [id, address] = text.split('@') as [string, string]
  return { id, address }
}
const own = ['a@10.0.0.1', 'b@10.0.0.2', 'c@10.0.0.3'].map(peer)
const met = (peers: string[], server = 'new@10.0.0.9', ours = own) =>
  strangeness({ name: 'new', server: peer(server), peers: peers.map(peer), own: ours })

test('a server that never was in a cluster is no stranger', () => {
  expect(met([])).toBeUndefined()
})

test('nor is one that was ours before, whoever has come, gone and moved since', () => {
  expect(met(['new@10.0.0.9', 'a@10.0.0.77', 'gone@10.0.0.7'])).toBeUndefined()
  expect(met(['a@10.0.0.1', 'c@10.0.0.3'])).toBeUndefined()
})

test('one that began a cluster by itself is, also at the address that one of ours had', () => {
  expect(met(['new@10.0.0.9'])).toMatch(
    /^new is in another cluster, of the servers 10\.0\.0\.9; .* stop .* empty data directories/,
  )
  expect(met(['new@10.0.0.3'], 'new@10.0.0.3')).toMatch(/^new is in another cluster/)
})

test('one that remembers others only is, also when our addresses were theirs', () => {
  expect(met(['new@10.0.0.9', 'x@10.0.0.8'])).toMatch(/of the servers 10\.0\.0\.9, 10\.0\.0\.8;/)
  // The leader lost its disk and began anew: the others are not its own any more.
  expect(met(['a@10.0.0.1', 'b@10.0.0.2'], 'b@10.0.0.2', [peer('anew@10.0.0.1')])).toMatch(/^new is in another cluster/)
})

test('where only addresses are known these count', () => {
  expect(met(['@10.0.0.9', '@10.0.0.1'])).toBeUndefined()
  expect(met(['@10.0.0.9'])).toMatch(/^new is in another cluster/)
  expect(met(['@10.0.0.3'], 'new@10.0.0.3')).toMatch(/^new is in another cluster/)
  expect(met(['@10.0.0.9', '@10.0.0.8'])).toMatch(/^new is in another cluster/)
})
