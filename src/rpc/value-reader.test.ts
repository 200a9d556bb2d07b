import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { writeMsgpack } from '../wire/msgpack-writer.ts'
import { ValueReader } from './value-reader.ts'

function newReader(limitBytes = 1000, leftBytes = 10_000) {
  const budget = { leftBytes }
  let consumed = 0
  const reader = new ValueReader(limitBytes, budget, (sizeBytes) => {
    consumed += sizeBytes
  })
  return { reader, budget, consumed: () => consumed }
}

const text = (value: string) => writeMsgpack((writer) => writer.text(value))

describe('values without lengths', () => {
  test('are cut apart however they arrive', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 80 }), { maxLength: 8 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
        (texts, sizes) => {
          const values = texts.map(text)
          const all = Buffer.concat(values)
          const { reader, budget, consumed } = newReader()
          const found: string[] = []
          for (let at = 0; at < all.length; ) {
            const size = sizes.next().value as number
            reader.add(all.subarray(at, at + size))
            at += size
            for (let value = reader.next(); value !== undefined; value = reader.next())
              found.push(value.toString('hex'))
          }
          expect(found).toEqual(values.map((value) => value.toString('hex')))
          expect([reader.idle, budget.leftBytes, consumed()]).toEqual([true, 10_000, all.length])
        },
      ),
    )
  })

  test('are not looked at before they are asked for', () => {
    const { reader, consumed } = newReader()
    reader.add(Buffer.concat([text('a'), text('b')]))
    expect(consumed()).toBe(0)
    reader.next()
    expect(consumed()).toBe(2)
  })
})

describe('a value', () => {
  test('that grows too large is refused, whatever it says of its size', () => {
    const { reader, budget } = newReader(100)
    reader.add(Buffer.from([0xdb, 0x00, 0x10, 0x00, 0x00, ...Buffer.alloc(50)]))
    expect(reader.next()).toBeUndefined()
    reader.add(Buffer.alloc(60))
    expect(() => reader.next()).toThrow('too large')
    reader.close()
    expect(budget.leftBytes).toBe(10_000)
  })

  test('waits for no memory that others hold', () => {
    const { reader } = newReader(1000, 20)
    reader.add(Buffer.from([0xda, 0x01, 0x00, ...Buffer.alloc(30)]))
    expect(() => reader.next()).toThrow('too many large messages')
  })

  test('nested without end is refused', () => {
    const { reader } = newReader()
    reader.add(Buffer.alloc(200, 0x91))
    expect(() => reader.next()).toThrow('nested too deeply')
  })
})
