import { expect, test } from 'vitest'
import { Guard } from '../../src/kernel/guard.ts'
import { createHooks } from '../../src/kernel/hooks.ts'
import { HookedState } from './replicated-state.ts'
import { SnapshotHeader } from './snapshot-stream.ts'

function newState() {
  const guard = new Guard(() => undefined)
  return new HookedState(createHooks(guard))
}

async function* recordsOf(...records: Buffer[]) {
  yield* records
}

test('a restored state is at the index of its snapshot, also when it holds nothing', async () => {
  const state = newState()
  await state.restore(recordsOf(SnapshotHeader.encode({ LastIndex: 42 })))
  expect(state.store.index).toBe(42)
})

test('a snapshot without its header is refused and changes nothing', async () => {
  const state = newState()
  state.store.transact(7, () => undefined)
  await expect(state.restore(recordsOf())).rejects.toThrow('not even its header')
  expect(state.store.index).toBe(7)
})

test('a record of a type nobody knows is refused and changes nothing', async () => {
  const state = newState()
  const records = recordsOf(SnapshotHeader.encode({ LastIndex: 9 }), Buffer.of(99, 0xc0))
  await expect(state.restore(records)).rejects.toThrow('records of type 99')
  expect(state.store.index).toBe(0)
})
