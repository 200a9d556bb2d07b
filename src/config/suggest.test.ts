import { expect, test } from 'vitest'
import { nearest, suggestion } from './suggest.ts'

test.for<[string, string]>([
  ['node_tl', 'node_ttl'],
  ['nodettl', 'node_ttl'],
  ['noed_ttl', 'node_ttl'],
  ['datacentre', 'datacenter'],
  ['NODE_TTL', 'node_ttl'],
])('%s is near %s', ([word, meant]) => {
  expect(nearest(word, ['service_ttl', 'node_ttl', 'datacenter'])).toBe(meant)
})

test('what is too different has no suggestion', () => {
  expect(nearest('bogus', ['node_ttl', 'datacenter'])).toBeUndefined()
  expect(suggestion('bogus', [])).toBe('')
  expect(nearest('x'.repeat(100_000), ['x'.repeat(100_000)])).toBeUndefined()
})
