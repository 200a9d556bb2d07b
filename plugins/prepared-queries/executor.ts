import type { Logger } from '../../src/kernel/log.ts'
import type { Random } from '../../src/kernel/random.ts'
import { byDistance } from '../../src/rules/by-distance.ts'
import type { View } from '../../src/store/view.ts'
import type { CheckServiceNode } from '../../src/wire/structs/catalog.ts'
import { type PreparedQuery, PreparedQueryExecuteResponse } from '../../src/wire/structs/prepared-query.ts'
import type { QuerySource } from '../../src/wire/structs/query.ts'
import type { Catalog } from '../catalog/contract.ts'
import type { Distances, RankQuestion } from '../coordinates/contract.ts'
import { type Failover, failOver } from './fail-over.ts'
import { select } from './select.ts'

export interface ExecutorSetup {
  readonly catalog: Catalog
  /** The state as it is now. */
  readonly view: () => View
  readonly rank: (question: RankQuestion) => Distances | undefined
  readonly random: Random
  /** This agent's own. */
  readonly datacenter: string
  readonly failover: Failover
  readonly log: Logger
}

/** How a query is to be carried out. */
export interface Execution {
  /** 0 for all. */
  readonly limit: number
  /** Asks for instances that speak for the service in the mesh, whatever the query says. */
  readonly connect: boolean
  /** Whom to sort by the distance from; before what the query says. */
  readonly source: QuerySource
  /** Name of the agent that was asked: who is meant by `_agent`. */
  readonly agentNode: string
}

/** Carries out prepared queries (protocol/servers.md §6.4, Execute). */
export class Executor {
  readonly #setup: ExecutorSetup

  constructor(setup: ExecutorSetup) {
    this.#setup = setup
  }

  /** What this datacenter answers, in the order in which a client should try: shuffled, then by distance. */
  here(query: PreparedQuery, execution: Execution): PreparedQueryExecuteResponse {
    const found = shuffled(this.#instances(query, execution.connect), this.#setup.random)
    return this.#response(query, limited(this.#near(found, query, execution), execution.limit))
  }

  /** For servers of other datacenters, who know best what is near to them. */
  forOthers(query: PreparedQuery, connect: boolean, limit: number): PreparedQueryExecuteResponse {
    return this.#response(query, limited(shuffled(this.#instances(query, connect), this.#setup.random), limit))
  }

  /** What this datacenter answers or, when that is nothing, the first of the others that has something. */
  async anywhere(
    query: PreparedQuery,
    execution: Execution,
    signal: AbortSignal,
  ): Promise<PreparedQueryExecuteResponse> {
    const here = this.here(query, execution)
    const { failover, log } = this.#setup
    if ((here.Nodes ?? []).length > 0) return here
    const { limit, connect } = execution
    return failOver(failover, { query, limit, connect }, here, log, signal)
  }

  #instances({ Service }: PreparedQuery, connect: boolean): CheckServiceNode[] {
    const wanted = { connect: connect || Service.Connect }
    return select(this.#setup.catalog.instances(Service.Service, wanted).current().value, Service)
  }

  #near(nodes: CheckServiceNode[], { Service }: PreparedQuery, { source, agentNode }: Execution): CheckServiceNode[] {
    const from = this.#sourceNode(source.Node || Service.Near, source.Ip, agentNode)
    const datacenter = source.Datacenter || this.#setup.datacenter
    if (from === '' || datacenter !== this.#setup.datacenter) return nodes
    const distances = this.#setup.rank({ view: this.#setup.view(), from })
    const sorted = distances ? byDistance(nodes, ({ Node }) => distances(Node!.Node)) : nodes
    return ownFirst(sorted, from)
  }

  #sourceNode(near: string, ip: string, agentNode: string): string {
    if (near === '_agent') return agentNode
    return near === '_ip' ? (this.#setup.catalog.nodeAt(ip)?.Node ?? '') : near
  }

  #response({ Service, DNS }: PreparedQuery, Nodes: readonly CheckServiceNode[]): PreparedQueryExecuteResponse {
    return {
      ...PreparedQueryExecuteResponse.zero(),
      Service: Service.Service,
      Nodes: Nodes.map((it) => ((it.Checks ?? []).length > 0 ? it : { ...it, Checks: null })),
      DNS,
      Datacenter: this.#setup.datacenter,
    }
  }
}

/** An instance on the very node that asks comes first, even when others are as near; it is found among the first ten. */
function ownFirst(nodes: CheckServiceNode[], from: string): CheckServiceNode[] {
  const at = nodes.slice(0, 10).findIndex(({ Node }) => Node!.Node.toLowerCase() === from.toLowerCase())
  if (at <= 0) return nodes
  const swapped = [...nodes]
  ;[swapped[0], swapped[at]] = [nodes[at]!, nodes[0]!]
  return swapped
}

function limited(nodes: CheckServiceNode[], limit: number): CheckServiceNode[] {
  return limit > 0 ? nodes.slice(0, limit) : nodes
}

/** Every order is as likely as every other (Fisher and Yates). */
function shuffled(nodes: CheckServiceNode[], random: Random): CheckServiceNode[] {
  for (let last = nodes.length - 1; last > 0; last--) {
    const at = Math.floor(random.fraction() * (last + 1))
    const node = nodes[at]!
    nodes[at] = nodes[last]!
    nodes[last] = node
  }
  return nodes
}
