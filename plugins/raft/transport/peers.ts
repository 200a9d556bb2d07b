import type { Clock } from '../../../src/kernel/clock.ts'
import type { ProconsulError } from '../../../src/kernel/errors.ts'
import type { Random } from '../../../src/kernel/random.ts'
import type { InstallRequest, SnapshotMeta } from '../core/messages.ts'
import { PeerUnreachableError } from './errors.ts'
import { Lane, type LaneSetup } from './lane.ts'
import { type SnapshotSource, sendSnapshot } from './send-snapshot.ts'
import type { Self } from './wire-header.ts'
import type { Reply } from './wire-replies.ts'
import { isHeartbeat, type Request } from './wire-requests.ts'

export interface PeersSetup {
  readonly self: Self
  readonly localAddress: string | undefined
  readonly clock: Clock
  readonly random: Random
  /** How long a leader's heartbeat may go unanswered before its connection is given up. */
  readonly heartbeatTimeoutMs: number
  /** Where a server is now; undefined when it is not known. */
  addressOf(id: string): string | undefined
  /** The bytes of a snapshot; undefined when there is a newer one by now. */
  openSnapshot(snapshot: SnapshotMeta): Promise<SnapshotSource | undefined>
  answered(reply: Reply): void
  /** Appends or a snapshot on their way to the peer got lost. */
  lost(peer: string): void
  /** A peer became reachable, or unreachable with an error. For people. */
  changed(peer: string, error: unknown | undefined): void
}

/** Time limit for one request (protocol/servers.md §10.4). */
const requestTimeoutMs = 10_000
/** Votes that wait for a connection; older ones are of terms past. */
const votesWaitingMax = 4
/** Reading a snapshot costs much more than a request, so a failure is followed by a pause that doubles up to the last. */
const snapshotPauseMs = { first: 1000, last: 30_000 } as const

/**
 * The connections to the other servers, made when needed. Each server gets one for heartbeats, so that they never wait
 * behind a long append, one for the log and one for votes; a snapshot has one of its own.
 */
export class Peers {
  readonly #setup: PeersSetup
  readonly #peers = new Map<string, Peer>()

  constructor(setup: PeersSetup) {
    this.#setup = setup
  }

  send(request: Request): void {
    let peer = this.#peers.get(request.to)
    if (peer === undefined) {
      peer = new Peer(request.to, this.#setup)
      this.#peers.set(request.to, peer)
    }
    peer.send(request)
  }

  /** Ends the connections to servers that are no longer wanted. */
  keepOnly(ids: ReadonlySet<string>): void {
    for (const [id, peer] of this.#peers) {
      if (ids.has(id)) continue
      peer.close()
      this.#peers.delete(id)
    }
  }

  close(): void {
    this.keepOnly(new Set())
  }
}

class Peer {
  readonly #id: string
  readonly #setup: PeersSetup
  readonly #heartbeats: Lane
  readonly #log: Lane
  readonly #votes: Lane
  readonly #closing = new AbortController()
  #sending = false
  /** Another snapshot was asked for while one was on its way. */
  #another = false
  #snapshotFailures = 0
  #cancelPause = () => {}
  #reachable = true

  constructor(id: string, setup: PeersSetup) {
    const { self, localAddress, clock, random, heartbeatTimeoutMs } = setup
    this.#id = id
    this.#setup = setup
    const lane = (other: Pick<LaneSetup, 'timeoutMs' | 'waitingMax' | 'keepsWaiting' | 'failed' | 'broke'>) =>
      new Lane({
        self,
        peer: id,
        address: () => setup.addressOf(id),
        localAddress,
        clock,
        random,
        underWayMax: 256,
        answered: setup.answered,
        works: () => this.#changed(undefined),
        ...other,
      })
    const quickMs = Math.min(requestTimeoutMs, Math.max(250, heartbeatTimeoutMs))
    const failed = (error: ProconsulError) => this.#changed(error)
    this.#heartbeats = lane({ timeoutMs: quickMs, waitingMax: 1, keepsWaiting: false, failed })
    this.#votes = lane({ timeoutMs: quickMs, waitingMax: votesWaitingMax, keepsWaiting: true, failed })
    this.#log = lane({
      timeoutMs: requestTimeoutMs,
      waitingMax: 256,
      keepsWaiting: false,
      failed,
      broke: () => setup.lost(id),
    })
  }

  send(request: Request): void {
    if (request.type === 'install') this.#sendSnapshot(request)
    else if (request.type !== 'append') this.#votes.send(request)
    else if (isHeartbeat(request)) this.#heartbeats.send(request)
    else this.#log.send(request)
  }

  close(): void {
    this.#cancelPause()
    this.#closing.abort(new PeerUnreachableError(this.#id, 'this server is stopping, or the peer was removed'))
    for (const lane of [this.#heartbeats, this.#log, this.#votes]) lane.close()
  }

  /** One at a time: one that is asked for meanwhile is begun anew, if the core still wants it then. */
  #sendSnapshot(request: InstallRequest): void {
    if (this.#sending) {
      this.#another = true
      return
    }
    this.#sending = true
    const { answered, clock } = this.#setup
    this.#transferSnapshot(request).then(
      (reply) => {
        this.#snapshotFailures = 0
        this.#sent()
        answered(reply)
      },
      (error) => {
        if (this.#closing.signal.aborted) return
        this.#changed(error)
        const pause = Math.min(snapshotPauseMs.last, snapshotPauseMs.first * 2 ** this.#snapshotFailures++)
        this.#another = true
        this.#cancelPause = clock.after(pause, () => this.#sent())
      },
    )
  }

  #sent(): void {
    const again = this.#another
    this.#sending = false
    this.#another = false
    if (again) this.#setup.lost(this.#id)
  }

  async #transferSnapshot(request: InstallRequest): Promise<Reply> {
    const { self, localAddress, clock, addressOf, openSnapshot } = this.#setup
    const address = addressOf(this.#id)
    if (address === undefined) throw new PeerUnreachableError(this.#id, 'its address is not known')
    const source = await openSnapshot(request.snapshot)
    if (source === undefined)
      throw new PeerUnreachableError(address, 'the snapshot for it is gone, there is a newer one')
    return sendSnapshot(request, source, { self, address, localAddress, clock, signal: this.#closing.signal })
  }

  #changed(error: unknown | undefined): void {
    const reachable = error === undefined
    if (reachable === this.#reachable) return
    this.#reachable = reachable
    this.#setup.changed(this.#id, error)
  }
}
