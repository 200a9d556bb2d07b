import { expect, test } from 'vitest'
import type { Question } from '../../src/store/live-query.ts'
import { Store } from '../../src/store/store.ts'
import { defineTable } from '../../src/store/table.ts'
import { type CheckServiceNode, HealthCheck, NodeService, Node as NodeStruct } from '../../src/wire/structs/catalog.ts'
import { SubscribeEvent } from '../../src/wire/structs/subscribe.ts'
import { Feed } from './feed.ts'

interface Row {
  readonly id: string
  readonly instance: CheckServiceNode
}

const rows = defineTable({ name: 'rows', key: (row: Row) => row.id })

const question: Question<readonly CheckServiceNode[]> = {
  key: 'instances',
  read: (view) =>
    view
      .table(rows)
      .list()
      .map(({ instance }) => ({ ...instance })),
  index: (view) => view.tableIndex('rows'),
  encode: (value) => Buffer.from(JSON.stringify(value)),
}

function instance(id: string, status = 'passing'): CheckServiceNode {
  return {
    Node: { ...NodeStruct.zero(), Node: `node-${id}` },
    Service: { ...NodeService.zero(), ID: id, Service: 'web' },
    Checks: [{ ...HealthCheck.zero(), Node: `node-${id}`, CheckID: 'alive', Status: status }],
  }
}

class Cluster {
  readonly store = new Store([rows], { queries: { schedule: () => {} } })
  readonly feed = new Feed(this.store.queries.ask(question))

  put(index: number, ...instances: CheckServiceNode[]): void {
    this.store.transact(index, (tx) => {
      for (const it of instances) tx.table(rows).put({ id: it.Service!.ID, instance: it } as never)
      tx.setTableIndex('rows')
    })
    this.store.queries.flush()
  }

  remove(index: number, id: string): void {
    this.store.transact(index, (tx) => {
      tx.table(rows).delete(id)
      tx.setTableIndex('rows')
    })
    this.store.queries.flush()
  }

  subscribe(seenIndex = 0) {
    const got: string[] = []
    let restarted = false
    const end = this.feed.subscribe(
      {
        send: (bytes) => got.push(told(SubscribeEvent.decode(bytes.subarray(5)))),
        restart: () => {
          restarted = true
        },
      },
      seenIndex,
    )
    return { take: () => got.splice(0), end, restarted: () => restarted }
  }
}

/** An event in words. */
function told(event: SubscribeEvent): string {
  if (event.EndOfSnapshot) return `${event.Index} end of snapshot`
  if (event.NewSnapshotToFollow) return 'new snapshot'
  if (event.EventBatch !== null) return `${event.Index} [${event.EventBatch.Events.map(told).join(', ')}]`
  const { Op, CheckServiceNode } = event.ServiceHealth!
  const status = CheckServiceNode!.Checks?.map(({ Status }) => Status).join('') ?? ''
  return `${event.Index} ${Op === 0 ? '+' : '-'}${CheckServiceNode!.Service!.ID} ${status}`.trim()
}

test('a new subscriber gets every instance, the end of the snapshot, then each change', () => {
  const cluster = new Cluster()
  cluster.put(5, instance('a'), instance('b'))
  const subscriber = cluster.subscribe()
  expect(subscriber.take()).toEqual(['5 +a passing', '5 +b passing', '5 end of snapshot'])
  cluster.put(6, instance('a', 'critical'))
  cluster.remove(7, 'b')
  expect(subscriber.take()).toEqual(['6 +a critical', '7 -b'])
})

test('a service without instances has a snapshot too, with an index', () => {
  expect(new Cluster().subscribe().take()).toEqual(['1 end of snapshot'])
})

test('several changes of one commit are one batch', () => {
  const cluster = new Cluster()
  cluster.put(5, instance('a'))
  const subscriber = cluster.subscribe()
  subscriber.take()
  cluster.put(6, instance('a', 'critical'), instance('b'))
  expect(subscriber.take()).toEqual(['6 [6 +a critical, 6 +b passing]'])
})

test('who comes back with the index it has seen is told only what comes next', () => {
  const cluster = new Cluster()
  cluster.put(5, instance('a'))
  const subscriber = cluster.subscribe(5)
  expect(subscriber.take()).toEqual([])
  cluster.put(6, instance('b'))
  expect(subscriber.take()).toEqual(['6 +b passing'])
})

test('who comes back too late throws away what it knows and gets all of it', () => {
  const cluster = new Cluster()
  cluster.put(5, instance('a'))
  cluster.put(6, instance('b'))
  expect(cluster.subscribe(5).take()).toEqual(['new snapshot', '6 +a passing', '6 +b passing', '6 end of snapshot'])
})

test('a change is worked out once, however many follow, and not at all when nobody does', () => {
  const cluster = new Cluster()
  cluster.put(5, instance('a'))
  const subscribers = Array.from({ length: 50 }, () => cluster.subscribe())
  for (const subscriber of subscribers) subscriber.take()
  const before = cluster.store.queries.statistics().evaluations
  cluster.put(6, instance('a', 'critical'))
  expect(cluster.store.queries.statistics().evaluations).toBe(before + 1)
  for (const subscriber of subscribers) expect(subscriber.take()).toEqual(['6 +a critical'])
  for (const subscriber of subscribers) subscriber.end()
  cluster.put(7, instance('b'))
  expect(cluster.store.queries.statistics().evaluations).toBe(before + 1)
  expect(cluster.subscribe().take()).toHaveLength(3)
})

test('a state that was replaced by an older one makes everybody begin anew', () => {
  const cluster = new Cluster()
  cluster.put(50, instance('a'))
  const subscriber = cluster.subscribe()
  subscriber.take()
  const older = cluster.store.blank()
  older.transact(20, (tx) => tx.setTableIndex('rows'))
  cluster.store.replaceWith(older)
  cluster.store.queries.flush()
  expect(subscriber.restarted()).toBe(true)
  expect(subscriber.take()).toEqual([])
})
