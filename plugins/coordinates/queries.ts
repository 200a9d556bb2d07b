import type { Question } from '../../src/store/live-query.ts'
import type { View } from '../../src/store/view.ts'
import { list, message } from '../../src/wire/schema.ts'
import { Coordinate, type SerfCoordinate } from '../../src/wire/structs/coordinate.ts'
import type { Distances, RankQuestion } from './contract.ts'
import { distanceBetween, type Segments } from './nearest.ts'
import { coordinates, nodePrefix } from './tables.ts'

const CoordinateList = message(list(Coordinate, { nil: '[]' }))

/** Where every node stands, or those of one segment, by name. */
export function nodesQuestion(segment: string | undefined): Question<readonly Coordinate[]> {
  return question(`nodes/${segmentKey(segment)}`, (view) => inSegment(view.table(coordinates).list(), segment))
}

/** Where one node stands in each of its segments, or in one. Empty when that is not known. */
export function nodeQuestion(node: string, segment: string | undefined): Question<readonly Coordinate[]> {
  const prefix = nodePrefix(node)
  return question(`node/${JSON.stringify([node.toLowerCase()])}/${segmentKey(segment)}`, (view) =>
    inSegment(view.table(coordinates).list(prefix), segment),
  )
}

/** How far other nodes are from one; undefined when it is not known where that one stands. */
export function distancesFrom({ view, from }: RankQuestion): Distances | undefined {
  const own = segmentsOf(view, from)
  if (own.size === 0) return undefined
  return (node) => distanceBetween(own, segmentsOf(view, node))
}

function segmentsOf(view: View, node: string): Segments {
  const segments = new Map<string, SerfCoordinate>()
  for (const { Segment, Coord } of view.table(coordinates).list(nodePrefix(node))) segments.set(Segment, Coord!)
  return segments
}

/** Those of one network segment, or all. */
export function inSegment(rows: readonly Coordinate[], segment: string | undefined): readonly Coordinate[] {
  return segment === undefined ? rows : rows.filter(({ Segment }) => Segment === segment)
}

function segmentKey(segment: string | undefined): string {
  return segment === undefined ? 'any' : JSON.stringify(segment)
}

function question(key: string, read: (view: View) => readonly Coordinate[]): Question<readonly Coordinate[]> {
  return {
    key: `coordinates/${key}`,
    read,
    index: (view) => view.tableIndex('coordinates'),
    encode: (rows) => Buffer.from(CoordinateList.toJson([...rows])),
    same: (a, b) => a.length === b.length && a.every((row, at) => row === b[at]),
  }
}
