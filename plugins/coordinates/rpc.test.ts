import { expect, test } from 'vitest'
import { IndexedCoordinates } from '../../src/wire/structs/coordinate.ts'
import { originCoordinate } from './nearest.ts'
import { coordinateNode, coordinateNodes } from './rpc.ts'

const rows = [
  { Node: 'a', Segment: '', Coord: originCoordinate },
  { Node: 'a', Segment: 'alpha', Coord: originCoordinate },
]

test('servers give the coordinates of every segment, and the agent that asked picks', () => {
  const reply = { ...IndexedCoordinates.zero(), ...coordinateNodes.toReply(rows, { segment: 'alpha' }) }
  expect(reply.Coordinates).toEqual(rows)
  expect(coordinateNodes.fromReply(reply, { segment: 'alpha' })).toEqual([rows[1]])
  expect(coordinateNodes.fromReply(reply, { segment: undefined })).toEqual(rows)
})

test('a node of which nothing is known has nil coordinates between agents', () => {
  expect(coordinateNode.toReply([], { node: 'x', segment: undefined })).toEqual({ Coordinates: null })
  expect(coordinateNode.fromReply(IndexedCoordinates.zero(), { node: 'x', segment: undefined })).toEqual([])
})
