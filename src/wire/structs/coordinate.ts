import { float64, type Infer, list, optional, struct, text } from '../schema.ts'
import { queryMeta, writeRequest } from './query.ts'

/** A point of the network coordinate system; times in seconds. */
export const SerfCoordinate = struct('SerfCoordinate', {
  Vec: list(float64()),
  Error: float64(),
  Adjustment: float64(),
  Height: float64(),
})
export type SerfCoordinate = Infer<typeof SerfCoordinate>

/** Where a node stands. */
export const Coordinate = struct('Coordinate', { Node: text(), Segment: text(), Coord: optional(SerfCoordinate) })
export type Coordinate = Infer<typeof Coordinate>

/** Body of the CoordinateBatchUpdate command. */
export const CoordinateBatch = list(Coordinate)
export type CoordinateBatch = Infer<typeof CoordinateBatch>

export const CoordinateUpdateRequest = struct('CoordinateUpdateRequest', {
  Datacenter: text(),
  Node: text(),
  Segment: text(),
  Coord: optional(SerfCoordinate),
  ...writeRequest,
})
export type CoordinateUpdateRequest = Infer<typeof CoordinateUpdateRequest>

export const IndexedCoordinates = struct('IndexedCoordinates', { Coordinates: list(Coordinate), ...queryMeta })
export type IndexedCoordinates = Infer<typeof IndexedCoordinates>

/** Coordinates of the servers of one datacenter. */
export const DatacenterMap = struct('DatacenterMap', {
  Datacenter: text(),
  AreaID: text(),
  Coordinates: list(Coordinate),
})
export type DatacenterMap = Infer<typeof DatacenterMap>
