import type { Clock } from '../../../src/kernel/clock.ts'
import { ProconsulError } from '../../../src/kernel/errors.ts'
import type { Logger } from '../../../src/kernel/log.ts'
import type { Random } from '../../../src/kernel/random.ts'
import type { PeerStream, Server } from '../contract.ts'
import type { AppendRequest, InstallRequest, Message, SnapshotMeta } from '../core/messages.ts'
import type { CoreRole } from '../core/state.ts'
import type { SnapshotWriter } from '../storage/log-store.ts'
import { RaftWireError } from './errors.ts'
import type { Budget } from './frame-reader.ts'
import { serveConnection } from './inbound.ts'
import { LeaderWatch } from './leader-watch.ts'
import { Peers } from './peers.ts'
import { storeSnapshot } from './receive-snapshot.ts'
import type { SnapshotSource } from './send-snapshot.ts'
import type { Directory, Self } from './wire-header.ts'
import type { Reply } from './wire-replies.ts'
import type { Request } from './wire-requests.ts'

/** What the transport needs of the server behind it. */
export interface TransportTarget {
  readonly role: CoreRole
  readonly term: number
  readonly leader: string | undefined
  readonly leaderHeardAtMs: number | undefined
  readonly commitIndex: number
  /** The members, and servers that were one and are still to be told. */
  readonly servers: readonly Server[]
  /** Why no requests are taken at the moment. */
  readonly refusal: string | undefined
  /** @returns why the message is refused: nobody who keeps to the protocol says this */
  receive(message: Message): string | undefined
  unreachable(peer: string): void
  leaderLost(leader: string): void
  openSnapshot(snapshot: SnapshotMeta): Promise<SnapshotSource | undefined>
  beginSnapshot(meta: SnapshotMeta): Promise<SnapshotWriter>
}

export interface TransportSetup {
  readonly self: Self
  /** Address to connect from; undefined leaves it to the system. */
  readonly localAddress: string | undefined
  readonly heartbeatTimeoutMs: number
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly target: TransportTarget
}

/** Half-read messages of all connections together. */
const heldBytesMax = 256 * 2 ** 20

type Answer = (reply: Reply | undefined) => void

/** Carries the core's messages to the other servers and back, in hashicorp/raft's protocol (protocol/servers.md §10). */
export class RaftTransport {
  readonly #setup: TransportSetup
  readonly #peers: Peers
  readonly #watch: LeaderWatch
  readonly #directory: Directory
  readonly #budget: Budget = { leftBytes: heldBytesMax }
  readonly #streams = new Set<PeerStream>()
  /** Those who wait for the core's answer to an append or a snapshot, by the token in its echo. */
  readonly #byToken = new Map<number, Answer>()
  /** Those who wait for a vote, by its kind and the candidate, in the order in which they asked. */
  readonly #byCandidate = new Map<string, Answer[]>()
  #lastToken = 0
  #members: readonly Server[] = []
  #receiving = false
  #closed = false
  #lastRefusal: string | undefined

  constructor(setup: TransportSetup) {
    this.#setup = setup
    const { self, localAddress, clock, random, heartbeatTimeoutMs, target, log } = setup
    const addressOf = (id: string) => target.servers.find((server) => server.id === id)?.address
    this.#directory = { self, idOf: (address) => target.servers.find((server) => server.address === address)?.id }
    this.#peers = new Peers({
      self,
      localAddress,
      clock,
      random,
      heartbeatTimeoutMs,
      addressOf,
      openSnapshot: (snapshot) => target.openSnapshot(snapshot),
      answered: (reply) => void this.#receive(reply),
      lost: (peer) => target.unreachable(peer),
      changed: (peer, error) => {
        const about = { peer: `{Voter ${peer} ${addressOf(peer) ?? ''}}` }
        if (error === undefined) log.info('peer can be reached again', about)
        else log.warn('failed to contact', { ...about, error })
      },
    })
    this.#watch = new LeaderWatch({
      clock,
      localAddress,
      silenceMs: 0.3 * heartbeatTimeoutMs,
      addressOf,
      followed() {
        const { role, leader, leaderHeardAtMs } = target
        return role === 'follower' && leader !== undefined ? { id: leader, heardAtMs: leaderHeardAtMs ?? 0 } : undefined
      },
      gone: (id) => target.leaderLost(id),
    })
  }

  /** Sends a request to its server, or a reply to whoever asked. Whatever cannot be sent is lost. */
  send(message: Message): void {
    switch (message.type) {
      case 'append':
      case 'install':
      case 'vote':
      case 'preVote':
      case 'timeoutNow':
        return void this.#peers.send(message)
      case 'appendReply':
      case 'installReply': {
        const token = message.echo.round
        this.#byToken.get(token)?.(message)
        this.#byToken.delete(token)
        return
      }
      case 'voteReply':
      case 'preVoteReply': {
        const key = `${message.type} ${message.to}`
        const waiting = this.#byCandidate.get(key)
        waiting?.shift()?.(message)
        if (waiting?.length === 0) this.#byCandidate.delete(key)
      }
    }
  }

  /** Speaks raft on a connection that was accepted, until it ends. */
  serve(stream: PeerStream): void {
    const { socket, remoteAddress } = stream
    const { log, target } = this.#setup
    if (this.#closed) return void socket.destroy()
    this.#streams.add(stream)
    let leader: string | undefined
    const setup = {
      directory: this.#directory,
      budget: this.#budget,
      nextToken: () => ++this.#lastToken,
      refusal: (from: string) => (from === this.#setup.self.id ? 'this request came from myself' : target.refusal),
      step: (request: Request, answer: Answer) => this.#step(request, answer),
      install: (request: InstallRequest, sizeBytes: number, chunks: AsyncIterable<Buffer>) =>
        this.#install(request, sizeBytes, chunks),
    }
    serveConnection(socket, setup, (from) => {
      leader = from
    })
      .catch((error) => {
        if (this.#closed) return
        const level = error instanceof ProconsulError ? 'warn' : 'debug'
        log[level]('closed a raft connection', { from: remoteAddress, error })
      })
      .finally(() => {
        this.#streams.delete(stream)
        socket.destroy()
        if (leader !== undefined && !this.#closed) this.#watch.disconnected(leader)
      })
  }

  /** The membership may have changed: connections to servers that are out of it end. */
  membershipChanged(): void {
    if (this.#members === this.#setup.target.servers) return
    this.#members = this.#setup.target.servers
    this.#peers.keepOnly(new Set(this.#setup.target.servers.map((server) => server.id)))
  }

  close(): void {
    this.#closed = true
    this.#peers.close()
    this.#watch.close()
    for (const { socket } of this.#streams) socket.destroy()
    this.#byToken.clear()
    this.#byCandidate.clear()
  }

  /** @returns why the request is refused; then there is no answer */
  #step(request: Request, answer: Answer): string | undefined {
    const { target } = this.#setup
    switch (request.type) {
      case 'append':
      case 'install': {
        const token = request.echo.round
        this.#byToken.set(token, answer)
        const refusal = this.#receive(request)
        if (refusal !== undefined) this.#byToken.delete(token)
        return refusal
      }
      case 'vote':
      case 'preVote': {
        const key = `${request.type}Reply ${request.from}`
        const waiting = this.#byCandidate.get(key) ?? []
        waiting.push(answer)
        this.#byCandidate.set(key, waiting)
        return this.#receive(request)
      }
      case 'timeoutNow': {
        const from = request.from === '' ? (target.leader ?? '') : request.from
        // Only the leader of this term hands over in it.
        if (from === target.leader) this.#receive({ ...request, from, term: request.term || target.term })
        return void answer(undefined)
      }
    }
  }

  /** Whoever says what cannot be goes on saying it, so it is told of once. */
  #receive(message: Message): string | undefined {
    const { target, log } = this.#setup
    const refusal = target.receive(message)
    if (refusal === undefined || refusal === this.#lastRefusal) return refusal
    this.#lastRefusal = refusal
    log.error('refused a raft message that no server of this cluster can have sent', {
      from: message.from,
      reason: refusal,
    })
    return refusal
  }

  async #install(request: InstallRequest, sizeBytes: number, chunks: AsyncIterable<Buffer>): Promise<Reply | string> {
    const { target, log } = this.#setup
    const confirmed = await this.#confirm(request)
    if (typeof confirmed === 'string') {
      for await (const _ of chunks);
      return confirmed
    }
    const wanted = confirmed.term === request.term && request.snapshot.index > target.commitIndex
    if (!wanted) {
      for await (const _ of chunks);
      return this.#ask(request)
    }
    if (this.#receiving) throw new RaftWireError('another snapshot is on its way already')
    this.#receiving = true
    try {
      const { index, term } = request.snapshot
      log.info('receiving a snapshot', { index, term, bytes: sizeBytes })
      await storeSnapshot(await target.beginSnapshot(request.snapshot), sizeBytes, chunks)
      return await this.#ask(request)
    } finally {
      this.#receiving = false
    }
  }

  /**
   * Has the core follow the sender, as a heartbeat would, and answers once that is durable: on disk a snapshot must not be
   * of a later term than the server knows.
   */
  #confirm({ from, to, term }: InstallRequest): Promise<Reply | string> {
    const echo = { prevIndex: 0, upTo: 0, round: ++this.#lastToken, sentAtMs: 0 }
    const heartbeat: AppendRequest = {
      type: 'append',
      from,
      to,
      term,
      prevIndex: 0,
      prevTerm: 0,
      entries: [],
      commitIndex: 0,
      echo,
    }
    return this.#ask(heartbeat)
  }

  /** The core's answer, or why it refuses. */
  #ask(request: AppendRequest | InstallRequest): Promise<Reply | string> {
    return new Promise((resolve) => {
      const refusal = this.#step(request, (reply) => resolve(reply!))
      if (refusal !== undefined) resolve(refusal)
    })
  }
}
