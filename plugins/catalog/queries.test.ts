import { describe, expect, test } from 'vitest'
import type { Question } from '../../src/store/live-query.ts'
import { TestCatalog } from './catalog.fixture.ts'
import { gatewayServicesQuestion } from './gateways.ts'
import { healthQuestion, serviceNodesQuestion } from './instances.ts'
import { checksQuestion, nodeContentQuestion, nodeStateQuestion, nodesQuestion, servicesQuestion } from './queries.ts'

const idA = 'aaaaaaaa-0000-4000-8000-000000000001'

function newCatalog() {
  const catalog = new TestCatalog()
  catalog.register(1, {
    Node: 'b',
    NodeMeta: { zone: 'z1' },
    Service: { ID: 'web', Service: 'Web', Tags: ['v2', 'Blue'], Port: 81 },
  })
  catalog.register(2, {
    ID: idA,
    Node: 'A',
    Service: { ID: 'web', Service: 'Web', Tags: ['v1'], Port: 80 },
    Checks: [
      { CheckID: 'z-node', Name: 'node', Status: 'passing' },
      { CheckID: 'a-own', Name: 'own', Status: 'warning', ServiceID: 'web' },
    ],
  })
  catalog.register(3, { Node: 'b', NodeMeta: { zone: 'z1' }, Service: { Service: 'db' } })
  const ask = <T>(question: Question<T>) => catalog.store.queries.ask(question)
  const shown = <T>(question: Question<T>) => JSON.parse(ask(question).current().bytes.toString())
  return { catalog, ask, shown }
}

describe('instances of a service', () => {
  test('come by node and id, the checks of the node before their own', () => {
    const { shown } = newCatalog()
    expect(shown(healthQuestion('WEB', {}))).toMatchObject([
      { Node: { Node: 'A' }, Service: { Port: 80 }, Checks: [{ CheckID: 'z-node' }, { CheckID: 'a-own' }] },
      { Node: { Node: 'b' }, Service: { Port: 81 }, Checks: [] },
    ])
  })

  test('can be asked for by tags, meta and health', () => {
    const { shown } = newCatalog()
    const ports = (...asked: Parameters<typeof healthQuestion>) =>
      shown(healthQuestion(...asked)).map(({ Service }: { Service: { Port: number } }) => Service.Port)
    expect(ports('web', { tags: ['BLUE', 'V2'] })).toEqual([81])
    expect(ports('web', { tags: ['v1', 'v2'] })).toEqual([])
    expect(ports('web', { nodeMeta: { zone: 'z1' } })).toEqual([81])
    expect(ports('web', { nodeMeta: { zone: '' } })).toEqual([])
    expect(ports('web', { passing: true })).toEqual([81])
    expect(ports('web', {}, { key: 'x', keeps: ({ Service }) => Service?.Port === 80 })).toEqual([80])
  })

  test('share one live query however the same thing is asked', () => {
    const { ask } = newCatalog()
    expect(ask(healthQuestion('web', { tags: ['a', 'B'] }))).toBe(ask(healthQuestion('WEB', { tags: ['b', 'A', 'a'] })))
    expect(ask(healthQuestion('web', { tags: ['a'] }))).not.toBe(ask(healthQuestion('web', { tags: ['b'] })))
    expect(ask(healthQuestion('web', { passing: true }))).not.toBe(ask(healthQuestion('web', {})))
  })

  test('have the index of their service, and after its end that of the last extinction', () => {
    const { catalog, ask } = newCatalog()
    const web = ask(healthQuestion('web', {}))
    const never = ask(serviceNodesQuestion('never', {}))
    expect([web.current().index, never.current().index]).toEqual([2, 3])
    catalog.deregister(5, { Node: 'a', ServiceID: 'web' })
    expect([web.current().index, never.current().index]).toEqual([5, 5])
    catalog.deregister(7, { Node: 'b', ServiceID: 'web' })
    catalog.register(8, { Node: 'c' })
    expect([web.current().index, never.current().index]).toEqual([7, 7])
  })

  test('that nobody ever had have the index of the tables', () => {
    const { catalog, ask } = newCatalog()
    catalog.register(9, { Node: 'a', Check: { CheckID: 'c' }, SkipNodeUpdate: true })
    expect(ask(healthQuestion('never', {})).current().index).toBe(9)
    expect(ask(serviceNodesQuestion('never', {})).current().index).toBe(3)
    expect(ask(gatewayServicesQuestion('never')).current().index).toBe(9)
  })

  test('are evaluated again only for what they show', () => {
    const { catalog, ask } = newCatalog()
    const web = ask(healthQuestion('web', {}))
    web.current()
    const { evaluations } = catalog.store.queries.statistics()
    catalog.register(5, { Node: 'x', Service: { Service: 'other' }, Check: { CheckID: 'c' } })
    catalog.register(6, { Node: 'b', SkipNodeUpdate: true, Service: { Service: 'db', Port: 2 } })
    expect(web.current().index).toBe(2)
    expect(catalog.store.queries.statistics().evaluations).toBe(evaluations)
    catalog.register(7, { Node: 'b', SkipNodeUpdate: true, Check: { CheckID: 'n', Status: 'critical' } })
    expect(web.current().value[1]?.Checks).toMatchObject([{ CheckID: 'n' }])
    expect(web.current().index).toBe(7)
  })

  test('in the mesh are its proxies and native instances', () => {
    const { catalog, ask, shown } = newCatalog()
    const proxy = {
      ID: 'px',
      Service: 'web-proxy',
      Kind: 'connect-proxy',
      Port: 1,
      Proxy: { DestinationServiceName: 'WEB' },
    }
    catalog.register(5, { Node: 'a', SkipNodeUpdate: true, Service: proxy })
    catalog.register(6, {
      Node: 'b',
      SkipNodeUpdate: true,
      Service: { ID: 'n', Service: 'web', Connect: { Native: true } },
    })
    catalog.register(7, { Node: 'b', SkipNodeUpdate: true, Service: { Service: 'db', Port: 9 } })
    const question = serviceNodesQuestion('web', { connect: true, tags: ['no such tag'] })
    expect(shown(question)).toMatchObject([{ ServiceID: 'px' }, { ServiceID: 'n', ServiceConnect: { Native: true } }])
    expect(ask(question).current().index).toBe(6)
  })
})

describe('lists', () => {
  test('of nodes come by name and can be narrowed', () => {
    const { shown } = newCatalog()
    const names = (question: Question<unknown>) => shown(question).map(({ Node }: { Node: string }) => Node)
    expect(names(nodesQuestion({}))).toEqual(['A', 'b'])
    expect(names(nodesQuestion({ zone: 'z1' }))).toEqual(['b'])
    expect(names(nodesQuestion({}, { key: 'x', keeps: ({ ID }) => ID !== '' }))).toEqual(['A'])
  })

  test('of services have the tags of all instances in order, and no special names', () => {
    const { catalog, ask, shown } = newCatalog()
    catalog.register(5, { Node: 'a', SkipNodeUpdate: true, Service: { Service: '__proto__', Tags: ['x'] } })
    expect(ask(servicesQuestion({})).current().bytes.toString()).toBe(
      '{"Web":["Blue","v1","v2"],"__proto__":["x"],"db":[]}',
    )
    expect(shown(servicesQuestion({ zone: 'z1' }))).toEqual({ Web: ['Blue', 'v2'], db: [] })
    expect([ask(servicesQuestion({})).current().index, ask(servicesQuestion({ zone: 'z1' })).current().index]).toEqual([
      5, 5,
    ])
  })

  test('of checks are those of a node, a service or a state', () => {
    const { shown } = newCatalog()
    const ids = (...asked: Parameters<typeof checksQuestion>) =>
      shown(checksQuestion(...asked)).map(({ CheckID }: { CheckID: string }) => CheckID)
    expect(ids({ node: 'a' }, {})).toEqual(['a-own', 'z-node'])
    expect(ids({ node: 'none' }, {})).toEqual([])
    expect(ids({ service: 'WEB' }, {})).toEqual(['a-own'])
    expect(ids({ state: 'passing' }, {})).toEqual(['z-node'])
    expect(ids({ state: 'any' }, {})).toEqual(['a-own', 'z-node'])
    expect(ids({ state: 'any' }, { zone: 'z1' })).toEqual([])
    expect(ids({ state: 'any' }, {}, { key: 'x', keeps: ({ Name }) => Name === 'own' })).toEqual(['a-own'])
  })
})

describe('a node', () => {
  test('is found by name in any case, or by the beginning of its id', () => {
    const { shown } = newCatalog()
    for (const name of ['a', 'A', 'aa', 'AAAAAAAA-0000', 'aaaaaaaa0000400', idA]) {
      expect(shown(nodeContentQuestion(name, 'map')).Node.Node, name).toBe('A')
    }
    for (const name of ['x', 'ab', 'zz', `${idA}00`]) expect(shown(nodeContentQuestion(name, 'map')), name).toBeNull()
  })

  test('is not found by an id that two have begun with', () => {
    const { catalog, shown } = newCatalog()
    catalog.register(5, { ID: 'aaaaaaaa-1111-4000-8000-000000000001', Node: 'c' })
    expect(shown(nodeContentQuestion('aaaaaaaa', 'map'))).toBeNull()
    expect(shown(nodeContentQuestion('aaaaaaaa-1', 'map'))).toBeNull()
    expect(shown(nodeContentQuestion('aaaaaaaa-11', 'map')).Node.Node).toBe('c')
  })

  test('shows its services by id or as a list', () => {
    const { catalog, shown } = newCatalog()
    catalog.register(5, { Node: 'bare' })
    expect(Object.keys(shown(nodeContentQuestion('b', 'map')).Services)).toEqual(['db', 'web'])
    expect(shown(nodeContentQuestion('b', 'list')).Services).toMatchObject([
      { ID: 'db', Tags: [], Meta: null },
      { ID: 'web' },
    ])
    expect(shown(nodeContentQuestion('bare', 'map'))).toMatchObject({ Services: {} })
    expect(shown(nodeContentQuestion('bare', 'list'))).toMatchObject({ Services: null })
    expect(shown(nodeContentQuestion('b', 'list', { key: 'x', keeps: () => false }))).toMatchObject({ Services: [] })
    expect(shown(nodeContentQuestion('none', 'list'))).toEqual({ Node: null, Services: null })
  })

  test('gives anti-entropy all that is held of it, and tells it of a change', () => {
    const { catalog, ask } = newCatalog()
    const state = ask(nodeStateQuestion('A'))
    expect(state.current().value).toMatchObject({ node: { ID: idA }, services: [{ ID: 'web' }], checks: [{}, {}] })
    const woken: number[] = []
    state.follow({ answered: ({ index }) => woken.push(index), failed: () => {} })
    catalog.register(5, { Node: 'b', Service: { Service: 'db', Port: 1 } })
    catalog.deregister(6, { Node: 'a', CheckID: 'a-own' })
    catalog.store.queries.flush()
    expect(woken).toEqual([6])
  })
})
