import { expect, test } from 'vitest'
import catalog from '../catalog/index.ts'
import { SessionAgent } from '../sessions/agent.fixture.ts'
import state from '../state/index.ts'
import coordinates from './index.ts'
import { originCoordinate } from './nearest.ts'

const deregister = { Datacenter: 'dc1', ServiceID: '', CheckID: '', Token: '' }

test('a node that is deregistered takes its coordinates with it, in the same commit', async () => {
  const agent = new SessionAgent([state, catalog, coordinates])
  for (const Node of ['n1', 'n2']) agent.register({ Node })
  agent.apply(
    'CoordinateBatchUpdate',
    ['n1', 'n2'].map((Node) => ({ Node, Segment: '', Coord: originCoordinate })),
  )
  agent.apply('Deregister', { ...deregister, Node: 'N1' })
  expect(await agent.json('GET', '/v1/coordinate/nodes')).toMatchObject([{ Node: 'n2' }])
  expect(agent.state.store.latest.tableIndex('coordinates')).toBe(agent.index)
})

test('what nodes report is written by the leader every five seconds', async () => {
  const agent = new SessionAgent([state, catalog, coordinates])
  agent.register({ Node: 'n1' })
  agent.lead()
  await agent.ask('PUT', '/v1/coordinate/update', { Node: 'n1', Coord: originCoordinate })
  await agent.clock.advance(4_999)
  expect(await agent.json('GET', '/v1/coordinate/nodes')).toEqual([])
  await agent.clock.advance(1)
  expect(await agent.json('GET', '/v1/coordinate/nodes')).toMatchObject([{ Node: 'n1' }])
  agent.follow()
  await expect(agent.ask('PUT', '/v1/coordinate/update', { Node: 'n1', Coord: originCoordinate })).rejects.toThrow(
    'No cluster leader',
  )
})
