import { describe, expect, test } from 'vitest'
import { Log } from '../../src/kernel/log.ts'
import { Store } from '../../src/store/store.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { NoLeaderError } from '../../src/wire/cluster-errors.ts'
import { CoordinateUpdateRequest, type SerfCoordinate } from '../../src/wire/structs/coordinate.ts'
import type { CatalogLookup } from '../catalog/contract.ts'
import type { Consensus } from '../raft/contract.ts'
import { applyCoordinates, forgetNode } from './commands.ts'
import { datacenterMaps } from './datacenters.ts'
import { Intake } from './intake.ts'
import { originCoordinate } from './nearest.ts'
import { distancesFrom, nodeQuestion, nodesQuestion } from './queries.ts'
import { nextReportMs } from './report.ts'
import { coordinateRecords, restoreCoordinate } from './snapshot.ts'
import { coordinates } from './tables.ts'

const catalog = { hasNode: (_tx: unknown, name: string) => /^n\d$/i.test(name) } as CatalogLookup

function at(x: number): SerfCoordinate {
  return { ...originCoordinate, Vec: [x, 0, 0, 0, 0, 0, 0, 0] }
}

function storeWith(index: number, rows: Record<string, number>): Store {
  const store = new Store([coordinates])
  const batch = Object.entries(rows).map(([Node, x]) => ({ Node, Segment: '', Coord: at(x) }))
  store.transact(index, (tx) => applyCoordinates(tx, batch, catalog))
  return store
}

const namesOf = (store: Store) =>
  store.latest
    .table(coordinates)
    .list()
    .map(({ Node }) => Node)

describe('a batch of coordinates', () => {
  test('skips nodes that the catalog does not know, and moves the index all the same', () => {
    const store = storeWith(5, { n1: 1, stranger: 2 })
    expect(namesOf(store)).toEqual(['n1'])
    store.transact(6, (tx) => applyCoordinates(tx, [{ Node: 'stranger', Segment: '', Coord: at(1) }], catalog))
    expect(store.queries.ask(nodesQuestion(undefined)).current().index).toBe(6)
  })

  test('skips what is no coordinate', () => {
    const store = storeWith(5, {})
    const bad = { ...at(0), Height: Number.NaN }
    store.transact(6, (tx) =>
      applyCoordinates(
        tx,
        [
          { Node: 'n1', Segment: '', Coord: null },
          { Node: 'n2', Segment: '', Coord: bad },
        ],
        catalog,
      ),
    )
    expect(namesOf(store)).toEqual([])
  })

  test('replaces what was known of a node in that segment', () => {
    const store = storeWith(5, { n1: 1 })
    store.transact(6, (tx) => applyCoordinates(tx, [{ Node: 'N1', Segment: '', Coord: at(3) }], catalog))
    store.transact(7, (tx) => applyCoordinates(tx, [{ Node: 'n1', Segment: 'alpha', Coord: at(4) }], catalog))
    const listed = JSON.parse(String(store.queries.ask(nodeQuestion('n1', undefined)).current().bytes))
    expect(listed).toEqual([
      { Node: 'N1', Segment: '', Coord: at(3) },
      { Node: 'n1', Segment: 'alpha', Coord: at(4) },
    ])
    expect(store.queries.ask(nodeQuestion('n1', 'alpha')).current().value.length).toBe(1)
    expect(store.queries.ask(nodesQuestion('')).current().value.length).toBe(1)
  })
})

test('a node that leaves the catalog takes its coordinates with it', () => {
  const store = storeWith(5, { n1: 1, n2: 2 })
  store.transact(6, (tx) => forgetNode(tx, 'N1'))
  store.transact(7, (tx) => forgetNode(tx, 'n9'))
  expect(namesOf(store)).toEqual(['n2'])
  expect(store.latest.tableIndex('coordinates')).toBe(6)
})

test('a snapshot carries every coordinate', () => {
  const store = storeWith(5, { n1: 1, n2: 2 })
  const records = [...coordinateRecords(store.latest)]
  const fresh = new Store([coordinates])
  fresh.transact(9, (tx) => {
    for (const record of records) restoreCoordinate(tx, record)
  })
  expect([...coordinateRecords(fresh.latest)]).toEqual(records)
  expect(fresh.latest.tableIndex('coordinates')).toBe(9)
})

describe('distances from a node', () => {
  test('are estimated from coordinates, in any letter case', () => {
    const { latest: view } = storeWith(5, { n1: 0, n2: 0.5, n3: 0.25 })
    const distances = distancesFrom({ view, from: 'N1' })!
    expect(distances('n2')).toBeCloseTo(0.50002, 7)
    expect(distances('N3')).toBeCloseTo(0.25002, 7)
    expect(distances('n4')).toBe(Number.POSITIVE_INFINITY)
  })

  test('are not known when it is not known where that node stands', () => {
    expect(distancesFrom({ view: storeWith(5, { n1: 1 }).latest, from: 'n2' })).toBeUndefined()
  })
})

describe('reports to the leader', () => {
  const log = new Log({ level: 'error', json: false, write: () => {}, nowMs: () => 0 }).logger('test')
  const report = (Node: string, Coord: SerfCoordinate | null) => ({ ...CoordinateUpdateRequest.zero(), Node, Coord })

  function newIntake() {
    const written: unknown[] = []
    const consensus = { propose: async (...command: unknown[]) => void written.push(command.slice(0, 2)) }
    return { intake: new Intake(consensus as unknown as Consensus, log), written }
  }

  test('are written together, once', async () => {
    const { intake, written } = newIntake()
    intake.lead(true)
    intake.take(report('n1', at(1)))
    intake.take(report('n2', at(2)))
    const { signal } = new AbortController()
    await intake.flush(signal)
    await intake.flush(signal)
    const batch = [
      { Node: 'n1', Segment: '', Coord: at(1) },
      { Node: 'n2', Segment: '', Coord: at(2) },
    ]
    expect(written).toEqual([['CoordinateBatchUpdate', batch]])
  })

  test('are refused when they are no coordinate of our space', () => {
    const { intake } = newIntake()
    intake.lead(true)
    expect(() => intake.take(report('n1', null))).toThrow('invalid coordinate')
    expect(() => intake.take(report('n1', { ...at(1), Error: Number.NaN }))).toThrow('invalid coordinate')
    expect(() => intake.take(report('n1', { ...at(1), Vec: [1] }))).toThrow('incompatible coordinate')
    expect(() => intake.take(report('n1', { ...at(1), Vec: null }))).toThrow('incompatible coordinate')
  })

  test('are forgotten with the leadership', async () => {
    const { intake, written } = newIntake()
    intake.lead(true)
    intake.take(report('n1', at(1)))
    intake.lead(false)
    expect(() => intake.take(report('n1', at(1)))).toThrow(NoLeaderError)
    await intake.flush(new AbortController().signal)
    expect(written).toEqual([])
  })

  test('come at least 15 s apart, and 64 a second from all agents together', () => {
    const pace = { intervalMinMs: 15_000, perSecondMax: 64 }
    const random = seededRandom(1)
    for (const [agents, least] of [
      [3, 15_000],
      [6400, 100_000],
    ] as const) {
      const next = Array.from({ length: 50 }, () => nextReportMs(pace, agents, random))
      expect(Math.min(...next)).toBeGreaterThanOrEqual(least)
      expect(Math.max(...next)).toBeLessThan(2 * least)
    }
  })
})

test('servers are listed by datacenter, those that were never measured left out', () => {
  const member = (name: string, dc: string, role = 'consul') => ({ name, tags: { dc, role } })
  const list = [member('b.dc2', 'dc2'), member('a.dc1', 'dc1'), member('c.dc2', 'dc2'), member('d.dc2', 'dc2', 'node')]
  const members = {
    list: (wan?: boolean) => (wan ? list : []),
    self: () => member('a', 'dc1'),
    coordinate: () => at(1),
    coordinateOf: (name: string) => (name === 'b.dc2' || name === 'd.dc2' ? at(2) : undefined),
  }
  expect(datacenterMaps(members as never)).toEqual([
    { Datacenter: 'dc1', AreaID: 'wan', Coordinates: [{ Node: 'a', Segment: '', Coord: at(1) }] },
    { Datacenter: 'dc2', AreaID: 'wan', Coordinates: [{ Node: 'b', Segment: '', Coord: at(2) }] },
  ])
})
