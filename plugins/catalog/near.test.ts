import { describe, expect, test } from 'vitest'
import type { RankQuestion } from '../coordinates/contract.ts'
import { TestCatalog } from './catalog.fixture.ts'
import { Nearness } from './near.ts'
import { nodesQuestion } from './queries.ts'

const places: Record<string, number> = { a: 3, b: 1, d: 2 }

function distances({ from }: RankQuestion) {
  if (!(from in places)) return undefined
  return (node: string) => Math.abs((places[node] ?? Number.POSITIVE_INFINITY) - places[from]!)
}

function namesNear(near: string | undefined): string[] {
  const catalog = new TestCatalog()
  for (const [at, Node] of ['a', 'b', 'c', 'd'].entries()) catalog.register(at + 1, { Node })
  const nearness = new Nearness(distances)
  const question = nearness.sorted(nodesQuestion({}), near, ({ Node }) => Node)
  return catalog.store.queries
    .ask(question)
    .current()
    .value.map(({ Node }) => Node)
}

describe('a list near a node', () => {
  test('begins with what is nearest and ends with what is nowhere', () => {
    expect(namesNear('a')).toEqual(['a', 'd', 'b', 'c'])
    expect(namesNear('b')).toEqual(['b', 'd', 'a', 'c'])
  })

  test('keeps what is equally near as it was', () => {
    expect(namesNear('d')).toEqual(['d', 'a', 'b', 'c'])
  })

  test('stays as it is when nobody knows where that node stands', () => {
    expect(namesNear('c')).toEqual(['a', 'b', 'c', 'd'])
    expect(namesNear(undefined)).toEqual(['a', 'b', 'c', 'd'])
  })
})
