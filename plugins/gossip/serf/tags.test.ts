import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { decodeTags, encodeTags } from './tags.ts'

interface Vector {
  readonly name: string
  readonly decoded: {
    readonly messages?: readonly { readonly fields?: { readonly Meta?: Meta } }[]
    readonly nodes?: readonly { readonly Meta?: Meta }[]
  }
}
type Meta = { readonly hex: string; readonly tags?: Record<string, string> } | null

const vectors = JSON.parse(readFileSync(new URL('../gossip-vectors.json', import.meta.url), 'utf8')) as Vector[]
const metas = vectors.flatMap(({ name, decoded }) => {
  const holders = [
    ...(decoded.messages ?? []).map(({ fields }) => fields?.Meta),
    ...(decoded.nodes ?? []).map(({ Meta }) => Meta),
  ]
  return holders.flatMap((meta) => (meta?.tags ? [{ name, hex: meta.hex, tags: meta.tags }] : []))
})

test('there are metas of servers and clients of Consul and of Serf, with 16 tags and more', () => {
  expect(metas.length).toBeGreaterThan(20)
  expect(metas.some(({ hex }) => hex.startsWith('ffde'))).toBe(true)
})

test.for(metas)('the tags of $name survive', ({ hex, tags }) => {
  const decoded = decodeTags(Buffer.from(hex, 'hex'))
  expect({ ...decoded }).toEqual(tags)
  expect(encodeTags(decoded).toString('hex')).toBe(hex)
})

test('a meta from before there were tags is a role', () => {
  expect(decodeTags(Buffer.from('web'))).toEqual({ role: 'web' })
  expect(decodeTags(Buffer.alloc(0))).toEqual({ role: '' })
})

test('tags may have any name', () => {
  const tags = decodeTags(encodeTags({ ['__proto__']: 'x', constructor: 'y' }))
  expect(Object.entries(tags)).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ])
})

test('bytes that only look like tags are refused', () => {
  expect(() => decodeTags(Buffer.from('ff81a1', 'hex'))).toThrow('Malformed msgpack')
})
