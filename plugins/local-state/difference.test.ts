import { describe, expect, test } from 'vitest'
import { HealthCheck, Node, NodeService } from '../../src/wire/structs/catalog.ts'
import { difference, type OurSide, type TheirSide } from './difference.ts'
import { facts } from './local-agent.fixture.ts'

const node: Node = { ...Node.zero(), ...facts, Datacenter: 'dc1', CreateIndex: 3, ModifyIndex: 4 }
const service = (ID: string, parts: Partial<NodeService> = {}) => ({ ...NodeService.zero(), ID, Service: ID, ...parts })
const check = (CheckID: string, parts: Partial<HealthCheck> = {}) => ({
  ...HealthCheck.zero(),
  Node: 'node-a',
  CheckID,
  Status: 'passing',
  ...parts,
})

function compare(ours: Partial<OurSide>, theirs: Partial<TheirSide>) {
  const { tags, ...found } = difference(
    { node: facts, services: [], checks: [], outputLater: new Set(), ...ours },
    { node, services: [], checks: [], ...theirs },
  )
  return { ...found, tags: Object.fromEntries(tags) }
}
const nothing = { node: false, services: [], checks: [], goneServices: [], goneChecks: [], tags: {} }

describe('what must be sent', () => {
  test('is nothing when only indexes differ', () => {
    const web = service('web', { Tags: ['a'] })
    expect(
      compare(
        { services: [web], checks: [check('c')] },
        { services: [{ ...web, CreateIndex: 5, ModifyIndex: 6 }], checks: [check('c', { CreateIndex: 5 })] },
      ),
    ).toEqual(nothing)
  })

  test('is the node when the catalog has it otherwise, or not at all', () => {
    expect(compare({}, { node: undefined }).node).toBe(true)
    expect(compare({}, { node: { ...node, Meta: null } }).node).toBe(true)
    expect(compare({}, { node: { ...node, TaggedAddresses: { lan: '192.0.2.9' } } }).node).toBe(true)
  })

  test('is what is new or changed, and what is gone', () => {
    expect(
      compare(
        {
          services: [service('same'), service('new'), service('changed', { Port: 1 })],
          checks: [check('bad', { Status: 'critical' })],
        },
        { services: [service('same'), service('changed'), service('old')], checks: [check('bad'), check('past')] },
      ),
    ).toEqual({
      ...nothing,
      services: ['new', 'changed'],
      checks: ['bad'],
      goneServices: ['old'],
      goneChecks: ['past'],
    })
  })

  test('tells nil from empty, as agents of Consul do', () => {
    expect(compare({ services: [service('web', { Tags: [] })] }, { services: [service('web')] }).services).toEqual([
      'web',
    ])
  })

  test('never touches what the leader looks after', () => {
    expect(compare({}, { services: [service('consul')], checks: [check('serfHealth')] })).toEqual(nothing)
  })

  test('leaves the checks of a service that is gone to go with it', () => {
    expect(compare({}, { services: [service('old')], checks: [check('c', { ServiceID: 'old' })] })).toEqual({
      ...nothing,
      goneServices: ['old'],
    })
  })

  test('finds ids in any letter case, so that nothing is removed that was just sent', () => {
    expect(compare({ services: [service('Web')] }, { services: [service('web')] })).toMatchObject({
      services: ['Web'],
      goneServices: [],
    })
  })

  test('is not an output that may wait', () => {
    const sides = [{ checks: [check('c', { Output: 'new' })] }, { checks: [check('c', { Output: 'old' })] }] as const
    expect(compare(...sides).checks).toEqual(['c'])
    expect(compare({ ...sides[0], outputLater: new Set(['c']) }, sides[1])).toEqual(nothing)
  })

  test('is not the tags that others may set; these are taken over', () => {
    const ours = service('web', { Tags: ['ours'], EnableTagOverride: true })
    const held = service('web', { Tags: ['theirs'], EnableTagOverride: true })
    const parts = { ServiceID: 'web', ServiceName: 'web' }
    expect(
      compare(
        { services: [ours], checks: [check('c', { ...parts, ServiceTags: ['ours'] })] },
        { services: [held], checks: [check('c', { ...parts, ServiceTags: ['theirs'] })] },
      ),
    ).toEqual({ ...nothing, tags: { web: ['theirs'] } })
  })
})
