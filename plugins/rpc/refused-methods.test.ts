import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Nothing } from '../../src/rpc/method.ts'
import { ValueReader } from '../../src/rpc/value-reader.ts'
import { Methods, type RunEntry } from './method-table.ts'
import { addRefusedMethods } from './refused-methods.ts'

const vectors = JSON.parse(
  readFileSync(new URL('../../test/vectors/server-vectors.json', import.meta.url), 'utf8'),
) as { name: string; bytes_hex: string }[]

function runOnLeader(methods: Methods, name: string): unknown {
  const entry = methods.get(name) as RunEntry
  expect(entry.kind).toBe('leader')
  return entry.run({}, { signal: new AbortController().signal })
}

test('methods of access control and of the mesh are refused in the words that agents know', () => {
  const methods = new Methods()
  addRefusedMethods(methods)
  for (const [name, words] of [
    ['ACL.TokenRead', 'ACL support disabled'],
    ['ACL.PolicyResolve', 'ACL support disabled'],
    ['ConnectCA.Roots', 'Connect must be enabled in order to use this endpoint'],
    ['Intention.Match', 'Connect must be enabled in order to use this endpoint'],
    ['Internal.IntentionUpstreams', 'Connect must be enabled in order to use this endpoint'],
  ] as const) {
    expect(() => runOnLeader(methods, name)).toThrow(words)
  }
  expect(() => methods.get('ACL.Nope')).toThrow("rpc: can't find method ACL.Nope")
})

test('a plugin that carries one out is left alone', () => {
  const methods = new Methods()
  methods.add({ name: 'ConnectCA.Roots', request: Nothing, reply: Nothing }, 'anywhere', () => ({}))
  addRefusedMethods(methods)
  expect(methods.get('ConnectCA.Roots').kind).toBe('anywhere')
})

test('every recorded request that is refused tells where it belongs', () => {
  const methods = new Methods()
  addRefusedMethods(methods)
  const met = new Set<string>()
  for (const { name, bytes_hex } of vectors) {
    const [, method = ''] = /^rpc\/([A-Za-z]+\.[A-Za-z]+)[^/]*\/request$/.exec(name) ?? []
    if (!methods.has(method)) continue
    met.add(method.split('.')[0]!)
    const reader = new ValueReader(2 ** 20, { leftBytes: 2 ** 20 }, () => {})
    reader.add(Buffer.from(bytes_hex, 'hex'))
    reader.next()
    expect(['', 'dc1']).toContain(
      (methods.get(method).method.request.decode(reader.next()!) as { Datacenter: string }).Datacenter,
    )
  }
  expect([...met].sort()).toEqual(['ACL', 'ConfigEntry', 'ConnectCA', 'DiscoveryChain', 'Intention'])
})
