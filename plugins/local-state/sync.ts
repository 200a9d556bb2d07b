import type { Clock } from '../../src/kernel/clock.ts'
import { ProconsulError } from '../../src/kernel/errors.ts'
import type { Logger } from '../../src/kernel/log.ts'
import type { Random } from '../../src/kernel/random.ts'
import { DeregisterRequest, RegisterRequest } from '../../src/wire/structs/catalog.ts'
import type { Catalog } from '../catalog/contract.ts'
import { difference, type NodeFacts } from './difference.ts'
import { forEachId } from './for-each-id.ts'
import type { LocalChange, Registrations } from './registrations.ts'
import { outputPauseMs, retryPauseMs } from './sync-interval.ts'

export interface SyncSetup {
  readonly registrations: Registrations
  readonly catalog: Catalog
  /** Asked when first needed: the node's id is known only once the agent has started. */
  readonly node: () => NodeFacts
  readonly datacenter: string
  /** How long a change of output alone may wait; 0 sends it at once. */
  readonly outputIntervalMs: number
  readonly log: Logger
  readonly clock: Clock
  readonly random: Random
}

/**
 * Keeps the catalog in step with what is registered here. Changes are gathered and sent in rounds, one round at a time; a
 * full round first compares everything with the catalog (difference.ts). When something could not be sent, the next round is
 * a full one: at the next change, when a leader appears, or after a while.
 */
export class CatalogSync {
  readonly #setup: SyncSetup
  #nodeDiffers = true
  readonly #services = new Set<string>()
  readonly #checks = new Set<string>()
  readonly #goneServices = new Set<string>()
  readonly #goneChecks = new Set<string>()
  /** Which of these go together with a service that is gone. */
  readonly #serviceOfGone = new Map<string, string>()
  /** Checks whose output is sent later, with the function that calls that off. */
  readonly #outputLater = new Map<string, () => void>()
  #started = false
  #compareNext = true
  #queued: Promise<void> | undefined
  #running: Promise<void> | undefined
  #cancelRetry: (() => void) | undefined
  #waiters: (() => void)[] = []
  #closing = new AbortController()

  constructor(setup: SyncSetup) {
    this.#setup = setup
    setup.registrations.listen((change) => this.#note(change))
  }

  /** Compares everything and sends what differs; from now on changes are sent as they happen. */
  start(): void {
    this.#started = true
    void this.full()
  }

  /** Resolves at the end of a round that sent all that changed before the call, or tried to. Never rejects. */
  flush(): Promise<void> {
    if (!this.#started) return Promise.resolve()
    this.#queued ??= this.#next()
    return this.#queued
  }

  /** The same, after comparing everything with the catalog. */
  full(): Promise<void> {
    this.#compareNext = true
    return this.flush()
  }

  /** Begins the same in a while, in place of trying again later. */
  fullSoon(afterMs: number): void {
    if (!this.#started) return
    this.#cancelRetry?.()
    this.#cancelRetry = this.#setup.clock.after(afterMs, () => void this.full())
  }

  /** Resolves when nothing is left to send. */
  synced(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push(resolve)
      void this.flush()
    })
  }

  /**
   * Begins nothing new, and resolves when what is under way has ended: what arrived after the others were told that this
   * agent leaves would put it back into the catalog.
   */
  async rest(): Promise<void> {
    this.#started = false
    this.#cancelRetry?.()
    await (this.#queued ?? this.#running)
  }

  close(): void {
    this.#started = false
    this.#cancelRetry?.()
    this.#closing.abort(new Error('the agent stops'))
    for (const cancel of this.#outputLater.values()) cancel()
    this.#outputLater.clear()
  }

  #note({ kind, id, removed, outputOnly, serviceId }: LocalChange): void {
    const [changed, gone] = kind === 'service' ? [this.#services, this.#goneServices] : [this.#checks, this.#goneChecks]
    if (outputOnly && this.#setup.outputIntervalMs > 0) {
      this.#sendOutputLater(id)
      return
    }
    if (kind === 'check') this.#forgetOutput(id)
    ;(removed ? gone : changed).add(id)
    ;(removed ? changed : gone).delete(id)
    if (removed && serviceId) this.#serviceOfGone.set(id, serviceId)
    void this.flush()
  }

  #sendOutputLater(id: string): void {
    if (this.#outputLater.has(id)) return
    const { clock, random, outputIntervalMs } = this.#setup
    const send = () => {
      this.#outputLater.delete(id)
      this.#checks.add(id)
      void this.flush()
    }
    this.#outputLater.set(id, clock.after(outputPauseMs(outputIntervalMs, random), send))
  }

  #forgetOutput(id: string): void {
    this.#outputLater.get(id)?.()
    this.#outputLater.delete(id)
  }

  async #next(): Promise<void> {
    // Also without a round at work this waits a moment, in which more changes of the same turn come together.
    await this.#running
    this.#running = this.#queued
    this.#queued = undefined
    await this.#round()
    this.#running = undefined
    if (this.#clean) for (const resolve of this.#waiters.splice(0)) resolve()
  }

  get #clean(): boolean {
    const sets = [this.#services, this.#checks, this.#goneServices, this.#goneChecks]
    return !this.#nodeDiffers && !this.#compareNext && sets.every(({ size }) => size === 0)
  }

  async #round(): Promise<void> {
    const failures: unknown[] = []
    try {
      if (this.#compareNext) {
        this.#compareNext = false
        await this.#compare()
      }
      if (this.#nodeDiffers) await this.#sendNode()
      failures.push(
        ...(await forEachId(this.#services, (id) => this.#sendService(id))),
        ...(await forEachId(this.#goneServices, (id) => this.#dropService(id))),
        ...(await forEachId(this.#checks, (id) => this.#sendCheck(id))),
        ...(await forEachId(this.#goneChecks, (id) => this.#dropCheck(id))),
      )
    } catch (error) {
      failures.push(error)
    }
    if (failures.length > 0) this.#failed(failures[0])
    if (this.#goneChecks.size === 0) this.#serviceOfGone.clear()
  }

  #failed(error: unknown): void {
    if (!this.#started) return
    const { log, clock, random } = this.#setup
    // Without a leader there is nothing wrong here: it goes on when there is one.
    const isLeaderless = error instanceof ProconsulError && error.code === 'no_leader'
    log[isLeaderless ? 'debug' : 'warn']('failed to sync remote state', { error })
    this.#compareNext = true
    this.#cancelRetry?.()
    this.#cancelRetry = clock.after(retryPauseMs(random), () => void this.full())
  }

  async #compare(): Promise<void> {
    const { registrations, catalog, node } = this.#setup
    const facts = node()
    const theirs = await catalog.readNode(facts.Node, this.#closing.signal)
    const found = difference(
      {
        node: facts,
        services: [...registrations.services.values()].map(({ service }) => service),
        checks: [...registrations.checks.values()].map(({ check }) => check),
        outputLater: new Set(this.#outputLater.keys()),
      },
      theirs,
    )
    this.#nodeDiffers = found.node
    replace(this.#services, found.services)
    replace(this.#checks, found.checks)
    replace(this.#goneServices, found.goneServices)
    replace(this.#goneChecks, found.goneChecks)
    for (const [id, tags] of found.tags) registrations.adoptTags(id, tags)
  }

  async #sendNode(): Promise<void> {
    await this.#register({ SkipNodeUpdate: false })
    this.#nodeDiffers = false
    this.#setup.log.info('Synced node info')
  }

  /** A service goes together with those of its checks that are to be sent. */
  async #sendService(id: string): Promise<void> {
    const { registrations, log } = this.#setup
    const record = registrations.services.get(id)
    if (record === undefined) return
    const checks = registrations
      .checksOf(id)
      .map(({ check }) => check)
      .filter(({ CheckID }) => this.#checks.delete(CheckID))
    await this.#register({ Service: record.service, Checks: checks.length > 0 ? checks : null })
    log.info('Synced service', { service: id })
    for (const { CheckID } of checks) log.info('Synced check', { check: CheckID })
  }

  async #sendCheck(id: string): Promise<void> {
    const record = this.#setup.registrations.checks.get(id)
    if (record === undefined) return
    if (this.#services.has(record.check.ServiceID)) {
      // Its service was registered while this round was at work. They go together in the next one, which is queued.
      this.#checks.add(id)
      return
    }
    await this.#register({ Check: record.check })
    this.#setup.log.info('Synced check', { check: id })
  }

  async #dropService(id: string): Promise<void> {
    await this.#deregister({ ServiceID: id })
    for (const [check, serviceId] of this.#serviceOfGone) if (serviceId === id) this.#goneChecks.delete(check)
    this.#setup.log.info('Deregistered service', { service: id })
  }

  async #dropCheck(id: string): Promise<void> {
    await this.#deregister({ CheckID: id })
    this.#setup.log.info('Deregistered check', { check: id })
  }

  #register(what: Partial<RegisterRequest>): Promise<void> {
    const { catalog, node, datacenter } = this.#setup
    const { ID, Node, Address, TaggedAddresses, Meta } = node()
    return catalog.register(
      {
        ...RegisterRequest.zero(),
        Datacenter: datacenter,
        ID,
        Node,
        Address,
        TaggedAddresses,
        NodeMeta: Meta,
        SkipNodeUpdate: true,
        ...what,
      },
      this.#closing.signal,
    )
  }

  #deregister(what: Partial<DeregisterRequest>): Promise<void> {
    const { catalog, node, datacenter } = this.#setup
    const request = { ...DeregisterRequest.zero(), Datacenter: datacenter, Node: node().Node, ...what }
    return catalog.deregister(request, this.#closing.signal)
  }
}

function replace(held: Set<string>, ids: readonly string[]): void {
  held.clear()
  for (const id of ids) held.add(id)
}
