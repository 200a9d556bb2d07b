import { isIP } from 'node:net'
import { join } from 'node:path'
import type { Clock } from '../../src/kernel/clock.ts'
import type { Logger } from '../../src/kernel/log.ts'
import type { Random } from '../../src/kernel/random.ts'
import type { NodeIdentity } from '../node/contract.ts'
import { type RaftConsensus, roleOf } from './consensus.ts'
import type { Leadership, PeerStream, Server, StateMachine } from './contract.ts'
import { type CoreEvent, coreDefaults } from './core/state.ts'
import { RaftDriver } from './driver.ts'
import { Journal } from './journal.ts'
import { LeadershipNotice } from './leadership.ts'
import { bootstrapsAlone, type RaftOptions, snapshotPolicyOf, timesOf } from './options.ts'
import { type PeersFile, readPeersFile, recoverWith } from './peers-file.ts'
import { MemoryLogStore } from './storage/memory.ts'
import { SqliteLogStore } from './storage/sqlite.ts'
import { addressOf } from './transport/dial.ts'
import { targetOf } from './transport/target.ts'
import { RaftTransport } from './transport/transport.ts'

/** What one server of the cluster is made of. */
export interface RaftServerSetup {
  readonly node: Pick<NodeIdentity, 'id' | 'name' | 'dev' | 'dataDir' | 'bindAddress' | 'advertiseAddress' | 'ports'>
  readonly options: RaftOptions
  readonly machine: StateMachine & { batchApplied(): void }
  readonly consensus: RaftConsensus
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly leadership: (change: Leadership) => void
  readonly fault: (where: string, error: unknown) => void
  readonly fatal: (error: unknown) => void
}

/**
 * Unanswered appends to one follower. Enough to keep a long line busy, few enough that what comes in while they are answered
 * travels together, and that a slow follower holds no more than so many megabytes.
 */
const inFlightMax = 8

/** This server's part in the cluster: store, driver and transport, tied together. */
export class RaftServer {
  readonly #setup: RaftServerSetup
  readonly #transport: RaftTransport
  readonly #journal: Journal
  readonly #notice: LeadershipNotice
  readonly #address: string
  #driver: RaftDriver | undefined
  /** Since the last change of role. */
  #led = false

  constructor(setup: RaftServerSetup) {
    this.#setup = setup
    const { node, options, clock, random, log } = setup
    this.#address = addressOf(node.advertiseAddress, node.ports.server)
    this.#journal = new Journal(log, {
      address: this.#address,
      addressOf: (id) => this.#servers.find((server) => server.id === id)?.address ?? id,
    })
    this.#notice = new LeadershipNotice(setup.leadership)
    this.#transport = new RaftTransport({
      self: { id: node.id, address: this.#address },
      localAddress: isWildcard(node.bindAddress) ? undefined : node.bindAddress,
      heartbeatTimeoutMs: timesOf(options.raftMultiplier, node.dev).heartbeatTimeoutMs,
      clock,
      random,
      log,
      target: targetOf(() => this.#driver),
    })
  }

  /**
   * Brings the state back and takes part from then on.
   *
   * @throws a StorageError, or a ConfigError for a membership that cannot be had
   */
  async start(): Promise<void> {
    const { node, options, consensus, clock, random, machine, log } = this.#setup
    const database = node.dataDir === undefined ? undefined : join(node.dataDir, 'raft.db')
    const peersFile = node.dataDir === undefined ? undefined : readPeersFile(node.dataDir)
    const driver = await RaftDriver.start({
      core: { ...coreDefaults, inFlightMax, ...timesOf(options.raftMultiplier, node.dev), id: node.id },
      bootstrap: this.#firstServers(peersFile, database),
      store: database === undefined ? new MemoryLogStore(() => clock.wallMs()) : new SqliteLogStore({ path: database }),
      machine,
      clock,
      random,
      snapshots: snapshotPolicyOf(options),
      send: (message) => this.#transport.send(message),
      events: {
        event: (event) => this.#onEvent(event),
        leads: (term) => this.#leads(term),
        batchApplied: () => {
          machine.batchApplied()
          this.#transport.membershipChanged()
        },
        stalled(error) {
          if (error) log.error('cannot write the log, no longer taking writes', { error })
          else log.info('the log can be written again')
        },
        snapshotDamaged: (damaged) => log.warn('using an older snapshot', { error: damaged }),
        snapshotFailed: (error) => log.error('failed to take snapshot', { error }),
        fatal: (error) => {
          this.#notice.change('shutdown', undefined, consensus.term)
          this.#setup.fatal(error)
        },
      },
    })
    this.#driver = driver
    consensus.attach(driver)
    peersFile?.remove()
    const { index, servers } = consensus.configuration()
    this.#journal.configuration(index, servers)
    if (servers.length === 0) {
      const { bootstrapExpect } = this.#setup.options
      if (bootstrapExpect > 1)
        log.info('no known peers; expecting servers to begin a cluster with', { expect: bootstrapExpect })
      else
        log.warn(
          'no known peers, aborting election; waiting for a leader to take this server in once it has joined; only to begin a new cluster start it with -bootstrap-expect',
        )
    } else if (!servers.some(({ id }) => id === node.id)) {
      const ids = servers.map(({ id }) => id).join(',')
      log.warn('raft.db belongs to other servers, aborting election; put the id back into node-id if it was lost', {
        id: node.id,
        servers: ids,
      })
    }
  }

  /** A peer that speaks raft connected. */
  serve(stream: PeerStream): void {
    this.#transport.serve(stream)
  }

  /** True while this server has no log: it was never part of a cluster. */
  get isBlank(): boolean {
    return this.#driver?.core.log.lastIndex === 0
  }

  /** Begins a cluster of these servers, unless this one has a log by now. */
  beginCluster(servers: readonly Server[]): void {
    if (this.#driver?.beginCluster(servers)) this.#journal.configuration(1, servers)
  }

  reload(options: RaftOptions): void {
    this.#driver?.setSnapshotPolicy(snapshotPolicyOf(options))
  }

  async stop(): Promise<void> {
    await this.#driver?.stop()
    this.#transport.close()
    this.#notice.change('shutdown', undefined, this.#setup.consensus.term)
  }

  /** Who is to begin a cluster, if this server has never been part of one. A peers.json comes into effect here. */
  #firstServers(peersFile: PeersFile | undefined, database: string | undefined): readonly Server[] | undefined {
    const { node, options, log } = this.#setup
    const alone = bootstrapsAlone(options, node.dev)
    if (peersFile === undefined) {
      return alone ? [{ id: node.id, address: this.#address, suffrage: 'voter' }] : undefined
    }
    const { path, servers } = peersFile
    const recovered = recoverWith(peersFile, database!)
    log.warn(recovered ? 'the membership was replaced by that of peers.json' : 'beginning a cluster with peers.json', {
      file: path,
      servers: servers.map(({ id, address }) => `${id}=${address}`).join(','),
    })
    return recovered ? undefined : servers
  }

  #onEvent(event: CoreEvent): void {
    this.#journal.event(event)
    if (event.kind === 'role' && event.role !== 'leader') {
      if (this.#led) this.#setup.consensus.stoppedLeading()
      this.#led = false
      this.#notice.change(roleOf(event.role), this.#setup.consensus.leader(), event.term)
    }
  }

  #leads(term: number): void {
    this.#led = true
    const { consensus, node } = this.#setup
    this.#journal.leads()
    this.#notice.change('leader', consensus.leader(), term)
    // The address of a server may differ from the one it had when the cluster began.
    const known = this.#servers.find((server) => server.id === node.id)
    if (known !== undefined && known.address !== this.#address) {
      consensus.addServer({ ...known, address: this.#address }).catch((error) => this.#setup.fault('address', error))
    }
  }

  get #servers(): readonly Server[] {
    return this.#setup.consensus.configuration().servers
  }
}

function isWildcard(address: string): boolean {
  return isIP(address) === 6 ? /^[0:]+$/.test(address) : address === '0.0.0.0'
}
