import type { HealthCheck } from '../../src/wire/structs/catalog.ts'
import type { Catalog } from '../catalog/contract.ts'
import type { CheckDefinition, CheckStatus, ProbeResult } from '../health-checks/contract.ts'
import type { Registrations } from './registrations.ts'

/** Which checks a check repeats. */
export interface AliasTarget {
  /** Empty for this agent's own node. */
  readonly node: string
  /** Empty for the node itself. */
  readonly serviceId: string
}

/**
 * The status an alias takes from the checks of its node: that of the worst which concern its service, those of the node
 * included. A service without checks passes, one that is not there is critical.
 */
export function aliasStatus(
  { node, serviceId }: AliasTarget,
  checks: Iterable<HealthCheck>,
  serviceExists: boolean,
): ProbeResult {
  let status: CheckStatus = 'passing'
  let output = 'No checks found.'
  let found = serviceExists
  for (const check of checks) {
    if (check.ServiceID !== '' && check.ServiceID !== serviceId) continue
    if (check.ServiceID === serviceId) found = true
    if (check.Status === 'critical' || check.Status === 'warning') {
      status = check.Status
      output = `Aliased check ${JSON.stringify(check.Name)} failing: ${check.Output}`
      if (status === 'critical') break
    } else if (status === 'passing') {
      output = 'All checks passing.'
    }
  }
  if (!found) return { status: 'critical', output: `Service ${serviceId} could not be found on node ${node}` }
  return { status, output }
}

/** Checks that repeat those of another service, of this agent or of another node of the catalog, as these change. */
export class AliasChecks {
  readonly #registrations: Registrations
  readonly #catalog: Catalog
  readonly #nodeName: string
  readonly #stops = new Map<string, () => void>()

  constructor(registrations: Registrations, catalog: Catalog, nodeName: string) {
    this.#registrations = registrations
    this.#catalog = catalog
    this.#nodeName = nodeName
  }

  start({ id, args, outputMaxBytes }: CheckDefinition, tell: (result: ProbeResult) => void): void {
    // Two checks that repeat each other would quote each other for ever.
    const settled = ({ status, output }: ProbeResult) => tell({ status, output: output.slice(0, outputMaxBytes) })
    const target: AliasTarget = { node: String(args.AliasNode ?? ''), serviceId: String(args.AliasService ?? '') }
    const isLocal = target.node === '' || target.node.toLowerCase() === this.#nodeName.toLowerCase()
    this.#stops.set(id, isLocal ? this.#followLocal(id, target, settled) : this.#followCatalog(target, settled))
  }

  stop(id: string): void {
    this.#stops.get(id)?.()
    this.#stops.delete(id)
  }

  close(): void {
    for (const id of [...this.#stops.keys()]) this.stop(id)
  }

  #followLocal(id: string, target: AliasTarget, settled: (result: ProbeResult) => void): () => void {
    const { checks, services } = this.#registrations
    let due = false
    let ended = false
    const look = () => {
      due = false
      if (ended) return
      const others = [...checks.values()].map(({ check }) => check).filter(({ CheckID }) => CheckID !== id)
      settled(aliasStatus(target, others, services.has(target.serviceId)))
    }
    // Not within the change itself: several changes come together, and two aliases of each other end.
    const lookSoon = () => {
      if (!due) setImmediate(look)
      due = true
    }
    const stop = this.#registrations.listen((change) => {
      if (change.id !== id) lookSoon()
    })
    lookSoon()
    return () => {
      ended = true
      stop()
    }
  }

  #followCatalog(target: AliasTarget, settled: (result: ProbeResult) => void): () => void {
    return this.#catalog.followNode(
      target.node,
      ({ checks, services }) =>
        settled(
          aliasStatus(
            target,
            checks,
            services.some(({ ID }) => ID === target.serviceId),
          ),
        ),
      (error) => settled({ status: 'critical', output: `The catalog cannot be read: ${String(error)}` }),
    )
  }
}
