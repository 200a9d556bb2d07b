import { describe, expect, test } from 'vitest'
import { Log } from '../../src/kernel/log.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { CheckServiceNode } from '../../src/wire/structs/catalog.ts'
import { PreparedQuery, PreparedQueryExecuteResponse } from '../../src/wire/structs/prepared-query.ts'
import { QuerySource } from '../../src/wire/structs/query.ts'
import { Executor } from './executor.ts'
import type { Failover } from './fail-over.ts'

const log = new Log({ level: 'error', json: false, write: () => {}, nowMs: () => 0 }).logger('test')

/** No other datacenter is known. */
const alone: Failover = {
  otherDatacenters: () => [],
  executeRemote: async () => {
    throw new Error('nobody is there to ask')
  },
}

/** `places` says where nodes stand; the others are nowhere. */
function executorOf(
  instances: readonly CheckServiceNode[],
  { places = {}, failover = alone }: { places?: Record<string, number>; failover?: Failover } = {},
): Executor {
  return new Executor({
    catalog: {
      instances: (service: string, { connect }: { connect: boolean }) => ({
        current: () => ({ value: service === 'web' && !connect ? instances : [] }),
      }),
      nodeAt: (address: string) => instances.find(({ Node }) => Node!.Address === address)?.Node,
    } as never,
    view: () => ({}) as never,
    rank: ({ from }) =>
      from in places ? (node) => Math.abs((places[node] ?? Number.POSITIVE_INFINITY) - places[from]!) : undefined,
    random: seededRandom(3),
    datacenter: 'dc1',
    failover,
    log,
  })
}

function instance(node: string, rest: { Meta?: object; Service?: object; checks?: Record<string, string> } = {}) {
  return CheckServiceNode.fromJson({
    Node: { Node: node, Address: `192.0.2.${node.slice(1)}`, Meta: rest.Meta },
    Service: { ID: node, Service: 'web', ...rest.Service },
    Checks: Object.entries(rest.checks ?? {}).map(([CheckID, Status]) => ({ CheckID, Status })),
  })
}

const queryOf = (Service: object = {}) => PreparedQuery.fromJson({ Name: 'q', Service: { Service: 'web', ...Service } })
const execution = (source: Partial<QuerySource> = {}, limit = 0) => ({
  limit,
  connect: false,
  source: { ...QuerySource.zero(), ...source },
  agentNode: 'n3',
})
const nodesOf = ({ Nodes }: PreparedQueryExecuteResponse) => (Nodes ?? []).map(({ Node }) => Node!.Node)
const found = (executor: Executor, query: PreparedQuery) => nodesOf(executor.here(query, execution())).sort()

describe('a query answers instances', () => {
  const executor = executorOf([
    instance('n1', { checks: { a: 'passing' }, Meta: { zone: 'a' }, Service: { Tags: ['Blue', 'v1'] } }),
    instance('n2', { checks: { a: 'warning' }, Meta: { zone: 'b' }, Service: { Tags: ['blue'], Meta: { rel: 'x' } } }),
    instance('n3', { checks: { a: 'passing', b: 'critical' }, Service: { Tags: ['blue'] } }),
    instance('n4'),
  ])

  test.for<[string, object, string[]]>([
    ['that are not critical', {}, ['n1', 'n2', 'n4']],
    ['that pass, when it says so', { OnlyPassing: true }, ['n1', 'n4']],
    ['whatever the checks say that it ignores', { IgnoreCheckIDs: ['b'] }, ['n1', 'n2', 'n3', 'n4']],
    ['with every tag, in any letter case', { Tags: ['BLUE', 'v1'] }, ['n1']],
    ['without the tags that it excludes', { Tags: ['blue', '!V1'] }, ['n2']],
    ['of nodes with its meta', { NodeMeta: { zone: 'a' } }, ['n1']],
    ['with its meta', { ServiceMeta: { rel: 'x' } }, ['n2']],
    ['of another service', { Service: 'db' }, []],
    ['of the mesh', { Connect: true }, []],
  ])('%s', ([, service, nodes]) => {
    expect(found(executor, queryOf(service))).toEqual(nodes)
  })

  test('in every order, and as many as are asked for', () => {
    const seen = new Set<string>()
    for (let i = 0; i < 200; i++) seen.add(nodesOf(executor.here(queryOf(), execution())).join())
    expect(seen.size).toBe(6)
    expect(nodesOf(executor.here(queryOf(), execution({}, 2))).length).toBe(2)
    expect(nodesOf(executor.here(queryOf(), execution({}, -1))).length).toBe(3)
  })

  test('with its DNS settings, and no checks as nil', () => {
    const { DNS, Service, Datacenter, Nodes } = executor.here(
      PreparedQuery.fromJson({ Service: { Service: 'web', Tags: ['!blue'] }, DNS: { TTL: '9s' } }),
      execution(),
    )
    expect({ DNS, Service, Datacenter, checks: Nodes![0]!.Checks }).toEqual({
      DNS: { TTL: '9s' },
      Service: 'web',
      Datacenter: 'dc1',
      checks: null,
    })
  })
})

describe('near', () => {
  const five = ['n1', 'n2', 'n3', 'n4', 'n5'].map((name) => instance(name))
  const places = { n1: 10, n2: 20, n3: 30, n4: 30, n5: 50 }
  const near = (service: object, source: Partial<QuerySource>) => {
    const orders = new Set<string>()
    const executor = executorOf(five, { places })
    for (let i = 0; i < 50; i++) orders.add(nodesOf(executor.here(queryOf(service), execution(source))).join())
    return [...orders].sort()
  }

  test('sorts by the distance from the node of the query', () => {
    expect(near({ Near: 'n1' }, {})).toEqual(['n1,n2,n3,n4,n5', 'n1,n2,n4,n3,n5'])
  })

  test('means the asker’s node before that of the query', () => {
    expect(near({ Near: 'n1' }, { Node: 'n5' })).toEqual(['n5,n3,n4,n2,n1', 'n5,n4,n3,n2,n1'])
  })

  test('_agent is the agent that was asked, and its own instance is first among equals', () => {
    expect(near({ Near: '_agent' }, {})).toEqual(['n3,n4,n2,n1,n5', 'n3,n4,n2,n5,n1'])
  })

  test('_ip is the node with the address of who asks, or nobody', () => {
    for (const order of near({ Near: '_ip' }, { Ip: '192.0.2.5' })) expect(order.startsWith('n5,')).toBe(true)
    expect(near({ Near: '_ip' }, { Ip: '192.0.2.99' }).length).toBeGreaterThan(20)
  })

  test('counts from here, not for somebody in another datacenter', () => {
    expect(near({ Near: 'n1' }, { Datacenter: 'dc2' }).length).toBeGreaterThan(20)
  })

  test('puts an instance on that very node first also when nobody knows where it stands', () => {
    const executor = executorOf(five)
    for (let i = 0; i < 20; i++) {
      expect(nodesOf(executor.here(queryOf({ Near: 'N4' }), execution()))[0]).toBe('n4')
    }
  })
})

describe('when this datacenter has nothing', () => {
  const answers = (per: Record<string, readonly string[] | Error>, asked: string[] = []): Failover => ({
    otherDatacenters: () => ['dc2', 'dc3', 'dc4'],
    executeRemote: async ({ Datacenter, Limit }) => {
      asked.push(`${Datacenter}/${Limit}`)
      const answer = per[Datacenter] ?? []
      if (answer instanceof Error) throw answer
      return { ...PreparedQueryExecuteResponse.zero(), Datacenter, Nodes: answer.map((name) => instance(name)) }
    },
  })
  const run = async (failover: Failover | undefined, options: object) => {
    const executor = executorOf([], failover ? { failover } : {})
    const query = queryOf({ Failover: options })
    const response = await executor.anywhere(query, execution({}, 5), new AbortController().signal)
    return [response.Datacenter, nodesOf(response).join(), response.Failovers]
  }

  test('the nearest are asked, as many as the query wants, then those it names', async () => {
    const asked: string[] = []
    const failover = answers({ dc4: ['n9'] }, asked)
    expect(await run(failover, { NearestN: 2, Datacenters: ['dc2', 'unknown', 'dc4'] })).toEqual(['dc4', 'n9', 3])
    expect(asked).toEqual(['dc2/5', 'dc3/5', 'dc4/5'])
  })

  test('the first that has something answers, whatever befell those before', async () => {
    const failover = answers({ dc2: new Error('lost'), dc3: ['n8'], dc4: ['n9'] })
    expect(await run(failover, { NearestN: 3 })).toEqual(['dc3', 'n8', 2])
  })

  test('nobody is asked unless the query says so, or others can be reached', async () => {
    expect(await run(answers({ dc2: ['n9'] }), {})).toEqual(['dc1', '', 0])
    expect(await run(undefined, { NearestN: 3 })).toEqual(['dc1', '', 0])
  })

  test('the answer is empty when the others have nothing either', async () => {
    expect(await run(answers({}), { Datacenters: ['dc3'] })).toEqual(['dc3', '', 1])
  })
})
