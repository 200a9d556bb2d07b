import { checkServiceNodeFields, healthCheckFields } from '../../src/filter/fields.ts'
import { readMethod } from '../../src/rpc/method.ts'
import type { Question } from '../../src/store/live-query.ts'
import {
  type CheckServiceNode,
  type HealthCheck,
  IndexedCheckServiceNodes,
  IndexedHealthChecks,
} from '../../src/wire/structs/catalog.ts'
import { ChecksInStateRequest, NodeSpecificRequest, ServiceSpecificRequest } from '../../src/wire/structs/query.ts'
import {
  type HealthAsked,
  instancesAsked,
  instancesRequest,
  type ListAsked,
  listAsked,
  listOf,
  listRequest,
  type NodeAsked,
  ofNode,
} from './asked.ts'
import { rowFilter } from './filters.ts'
import { ingressQuestion } from './gateways.ts'
import { healthQuestion } from './instances.ts'
import type { Nearness } from './near.ts'
import { checksQuestion } from './queries.ts'

interface ServiceChecksAsked extends ListAsked {
  readonly service: string
}

interface StateAsked extends ListAsked {
  /** `any` for all. */
  readonly state: string
}

/** The reads of health; `nearness` sorts where the sorting is done, which is on the server. */
export function healthReads(nearness: Nearness) {
  const instances = readMethod({
    name: 'Health.ServiceNodes',
    request: ServiceSpecificRequest,
    reply: IndexedCheckServiceNodes,
    toRequest: (asked: HealthAsked) => ({ ...instancesRequest(asked), Ingress: asked.ingress }),
    fromRequest: (request): HealthAsked => ({
      ...instancesAsked(request),
      passing: false,
      ingress: request.Ingress,
    }),
    question: ({ service, filter, near, ingress, ...wanted }): Question<readonly CheckServiceNode[]> => {
      if (ingress) return ingressQuestion(service)
      const question = healthQuestion(service, wanted, rowFilter(filter, checkServiceNodeFields))
      return nearness.sorted(question, near, ({ Node }) => Node!.Node)
    },
    toReply: (rows, asked) => ({ Nodes: listOf(rows, asked) }),
    fromReply: ({ Nodes }, { passing }) => (passing ? (Nodes ?? []).filter(isPassing) : (Nodes ?? [])),
  })

  const nodeChecks = readMethod<NodeAsked, NodeSpecificRequest, IndexedHealthChecks, readonly HealthCheck[]>({
    name: 'Health.NodeChecks',
    request: NodeSpecificRequest,
    reply: IndexedHealthChecks,
    ...ofNode,
    question: ({ node, filter }: NodeAsked) => checksQuestion({ node }, {}, rowFilter(filter, healthCheckFields)),
    ...checkLists,
  })

  const serviceChecks = readMethod({
    name: 'Health.ServiceChecks',
    request: ServiceSpecificRequest,
    reply: IndexedHealthChecks,
    toRequest: (asked: ServiceChecksAsked) => ({
      ...listRequest(asked),
      ServiceName: asked.service,
    }),
    fromRequest: (request) => ({ ...listAsked(request), service: request.ServiceName }),
    question: ({ service, nodeMeta, filter, near }: ServiceChecksAsked) => {
      const question = checksQuestion({ service }, nodeMeta, rowFilter(filter, healthCheckFields))
      return nearness.sorted(question, near, ({ Node }) => Node)
    },
    ...checkLists,
  })

  const checksInState = readMethod({
    name: 'Health.ChecksInState',
    request: ChecksInStateRequest,
    reply: IndexedHealthChecks,
    toRequest: (asked: StateAsked) => ({ ...listRequest(asked), State: asked.state }),
    fromRequest: (request) => ({ ...listAsked(request), state: request.State }),
    question: ({ state, nodeMeta, filter, near }: StateAsked) => {
      const question = checksQuestion({ state }, nodeMeta, rowFilter(filter, healthCheckFields))
      return nearness.sorted(question, near, ({ Node }) => Node)
    },
    ...checkLists,
  })

  return { instances, nodeChecks, serviceChecks, checksInState }
}

export type HealthReads = ReturnType<typeof healthReads>

const checkLists = {
  toReply: (rows: readonly HealthCheck[], asked: { readonly filter: string }) => ({
    HealthChecks: listOf(rows, asked),
  }),
  fromReply: ({ HealthChecks }: IndexedHealthChecks) => HealthChecks ?? [],
}

function isPassing({ Checks }: CheckServiceNode): boolean {
  return (Checks ?? []).every(({ Status }) => Status === 'passing')
}
