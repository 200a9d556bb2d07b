import type { CheckServiceNode } from '../../src/wire/structs/catalog.ts'
import { NodeService, Node as NodeStruct } from '../../src/wire/structs/catalog.ts'
import { type SubscribeEvent, updateOp } from '../../src/wire/structs/subscribe.ts'

const nothing: SubscribeEvent = {
  Index: 0,
  EndOfSnapshot: false,
  NewSnapshotToFollow: false,
  EventBatch: null,
  ServiceHealth: null,
}

/** One instance as it is, as part of a snapshot or because something of it changed. */
export function registered(CheckServiceNode: CheckServiceNode, Index: number): SubscribeEvent {
  return { ...nothing, Index, ServiceHealth: { Op: updateOp.register, CheckServiceNode } }
}

/** An instance that is gone, reduced to what identifies it, as Consul's servers do. */
export function deregistered({ Node, Service }: CheckServiceNode, Index: number): SubscribeEvent {
  const reduced: CheckServiceNode = {
    Node: { ...NodeStruct.zero(), Node: Node!.Node },
    Service: {
      ...NodeService.zero(),
      ID: Service!.ID,
      Service: Service!.Service,
      Weights: { Passing: 1, Warning: 1 },
      CreateIndex: Service!.CreateIndex,
      ModifyIndex: Service!.ModifyIndex,
    },
    Checks: null,
  }
  return { ...nothing, Index, ServiceHealth: { Op: updateOp.deregister, CheckServiceNode: reduced } }
}

export function endOfSnapshot(Index: number): SubscribeEvent {
  return { ...nothing, Index, EndOfSnapshot: true }
}

/** What the subscriber knows is too old to go on from: it throws that away, and gets all of it anew. */
export const newSnapshotToFollow: SubscribeEvent = { ...nothing, NewSnapshotToFollow: true }

/** What changed from one answer to the next; several changes are one batch. Undefined when nothing did. */
export function changes(
  before: readonly CheckServiceNode[],
  after: readonly CheckServiceNode[],
  Index: number,
): SubscribeEvent | undefined {
  const left = new Map(before.map((instance) => [identity(instance), instance]))
  const Events: SubscribeEvent[] = []
  for (const instance of after) {
    const key = identity(instance)
    const known = left.get(key)
    left.delete(key)
    if (known === undefined || !same(known, instance)) Events.push(registered(instance, Index))
  }
  for (const gone of left.values()) Events.push(deregistered(gone, Index))
  if (Events.length <= 1) return Events[0]
  return { ...nothing, Index, EventBatch: { Events } }
}

function identity({ Node, Service }: CheckServiceNode): string {
  return JSON.stringify([Node?.Node.toLowerCase(), Service?.ID])
}

/** Rows are replaced, never changed: the same objects say the same. */
function same(a: CheckServiceNode, b: CheckServiceNode): boolean {
  const [before, after] = [a.Checks ?? [], b.Checks ?? []]
  return (
    a.Node === b.Node &&
    a.Service === b.Service &&
    before.length === after.length &&
    before.every((check, at) => check === after[at])
  )
}
