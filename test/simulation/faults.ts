import type { MembershipChange } from '../../plugins/raft/core/membership.ts'
import { entryType, type Message } from '../../plugins/raft/core/messages.ts'
import { clockRatioMax } from '../../plugins/raft/core/state.ts'
import type { Random } from '../../src/kernel/random.ts'
import type { SimulatedNetwork } from './network.ts'
import { type FaultKind, healthyDiskMs, healthyNetwork, type Profile } from './profile.ts'
import type { SimulatedServer } from './server.ts'
import type { World } from './world.ts'

export interface FaultSetup {
  readonly world: World
  readonly random: Random
  readonly servers: readonly SimulatedServer[]
  readonly network: SimulatedNetwork
  readonly profile: Profile
  readonly habits: ReadonlyMap<string, { diskMs: number }>
  readonly note: (who: string, what: () => string) => void
}

/** As far as clocks may differ for reads by lease to be linearizable. */
const slowestClock = 0.9
const fastestClock = slowestClock * clockRatioMax

/** Brings trouble on a cluster, of the kinds that the profile has, and ends it all when told. */
export class Faults {
  readonly counts: Partial<Record<FaultKind, number>> = {}
  readonly #setup: FaultSetup
  #over = false
  /** Chance that a server does not outlive a promise. */
  #crashOnReply = 0
  /** Chance that a leader is cut off as it begins. */
  #muteLeader = 0

  constructor(setup: FaultSetup) {
    this.#setup = setup
  }

  start(): void {
    const { network, profile } = this.#setup
    const watches = profile.faults.includes('crashOnReply') || profile.faults.includes('mutedLeader')
    if (watches) network.onSend = (message) => this.#onSend(message)
    if (profile.faults.includes('mutedLeader')) this.mutedLeader()
    this.#next()
  }

  /** All trouble ends, and every server runs. */
  end(): void {
    this.#over = true
    const { servers, network, habits } = this.#setup
    network.onSend = () => {}
    network.heal(healthyNetwork)
    for (const habit of habits.values()) habit.diskMs = healthyDiskMs
    for (const server of servers) {
      server.disk.full = false
      server.clock.drift(1)
      server.resume()
      if (!server.up) server.start()
    }
  }

  #next(): void {
    const { world, random, profile } = this.#setup
    world.after(2 * profile.calmMs * random.fraction(), () => {
      if (this.#over) return
      const kind = profile.faults[random.below(profile.faults.length)]!
      this.counts[kind] = (this.counts[kind] ?? 0) + 1
      this.#setup.note('fault', () => kind)
      this[kind]()
      this.#next()
    })
  }

  /** One process ends, and starts again after a while: at once, or later than an election takes. */
  private crash(): void {
    this.#down(this.#anyone(), 3000)
  }

  /** From now on, for a moment, servers end just after they have given their word. */
  private crashOnReply(): void {
    const { random } = this.#setup
    this.#crashOnReply = 0.02 + random.fraction() * 0.3
    this.#later(random.below(2000), () => {
      this.#crashOnReply = 0
    })
  }

  /**
   * For a while, leaders are cut off as they send the first entry of their term, or shortly after they passed on what they inherited:
   * the road to figure 8 of the Raft paper.
   */
  private mutedLeader(): void {
    const { random, profile } = this.#setup
    this.#muteLeader = 0.1 + random.fraction() * 0.5
    this.#later(profile.core.electionTimeoutMs * (20 + random.below(20)), () => {
      this.#muteLeader = 0
    })
  }

  #onSend(message: Message): void {
    const { world, random, servers } = this.#setup
    const sender = () => servers.find(({ id }) => id === message.from)!
    if (this.#crashOnReply > 0 && binds(message) && random.fraction() < this.#crashOnReply) {
      world.after(0, () => this.#over || this.#down(sender(), 500))
    }
    if (this.#muteLeader === 0 || message.type !== 'append' || message.entries.length === 0) return
    if (random.fraction() >= this.#muteLeader) return
    const last = message.entries.at(-1)!
    if (last.term < message.term) this.#later(this.#aboutOneRound() * 2 * random.fraction(), () => this.#mute(sender()))
    else if (last.type === entryType.noop) this.#mute(sender())
  }

  #mute(leader: SimulatedServer): void {
    const { random, profile } = this.#setup
    const durationMs = profile.core.electionTimeoutMs * (1 + 4 * random.fraction())
    this.#cutFor(
      this.#pairs((from, to) => from === leader || to === leader),
      durationMs,
    )
  }

  /** From a leader's sending of an entry to its hearing that the entry is stored. */
  #aboutOneRound(): number {
    const { network, disk } = this.#setup.profile
    return 2 * network.delayMs + disk.diskMs
  }

  /** Several at once, perhaps all. */
  private powerCut(): void {
    const { servers, random } = this.#setup
    const all = random.below(2) === 0
    for (const server of servers) if (all || random.below(2) === 0) this.#down(server, 1500)
  }

  private pause(): void {
    const server = this.#someone()
    server.pause()
    this.#later(this.#setup.random.below(3000), () => server.resume())
  }

  /** Two sides that do not hear each other. */
  private split(): void {
    const { servers, random } = this.#setup
    const left = servers.filter(() => random.below(2) === 0)
    this.#cutFor(
      this.#pairs((from, to) => left.includes(from) !== left.includes(to)),
      random.below(5000),
    )
  }

  private oneWay(): void {
    const { random } = this.#setup
    this.#cutFor(
      this.#pairs(() => random.below(4) === 0),
      random.below(5000),
    )
  }

  /** A link that comes and goes. */
  private flapping(): void {
    const { random } = this.#setup
    const [one, other] = [this.#anyone(), this.#anyone()]
    const pairs = this.#pairs((from, to) => (from === one && to === other) || (from === other && to === one))
    for (let at = 0; at < 3000; at += 300) this.#later(at, () => this.#cutFor(pairs, random.below(250)))
  }

  private isolateLeader(leader = this.#leader()): void {
    this.#cutFor(
      this.#pairs((from, to) => from === leader || to === leader),
      this.#setup.random.below(5000),
    )
  }

  private slowDisk(): void {
    const { random, habits, profile } = this.#setup
    const habit = habits.get(this.#someone().id)!
    habit.diskMs = 50 + random.below(800)
    this.#later(random.below(4000), () => {
      habit.diskMs = profile.disk.diskMs
    })
  }

  private fullDisk(): void {
    const { disk } = this.#someone()
    disk.full = true
    this.#later(this.#setup.random.below(4000), () => {
      disk.full = false
    })
  }

  private badNetwork(): void {
    const { network, random, profile } = this.#setup
    network.habits = {
      delayMs: random.below(100),
      straggles: 0.2,
      straggleMs: 2000,
      loses: random.fraction() * 0.5,
      duplicates: random.fraction() * 0.5,
    }
    this.#later(random.below(3000), () => {
      network.habits = profile.network
    })
  }

  /** What some servers say takes long to reach others; of that which is under way, much is out of date when it arrives. */
  private slowLink(): void {
    const { random } = this.#setup
    const pairs = this.#pairs(() => random.below(3) === 0)
    this.#slowFor(pairs, random.below(random.below(2) === 0 ? 300 : 4000), random.below(5000))
  }

  /** A clock runs too fast or too slow, as far as clocks may, or almost. */
  private drift(): void {
    const { random } = this.#setup
    const between = slowestClock + random.fraction() * (fastestClock - slowestClock)
    this.#anyone().clock.drift([slowestClock, between, fastestClock][random.below(3)]!)
  }

  private wallJump(): void {
    const { random } = this.#setup
    this.#anyone().clock.setWall(random.below(200_000) - 100_000)
  }

  /** Of one server, or of all but the leader, whose patience is then at an end too early. */
  private leap(): void {
    const { random, servers } = this.#setup
    const leader = this.#leader()
    if (random.below(2) === 0) this.#someone().clock.leap(random.below(4000))
    else for (const server of servers) if (server !== leader) server.clock.leap(1000 + random.below(3000))
  }

  /** One change or some at once, of which all but the first come too early. */
  private membership(): void {
    const { random } = this.#setup
    const leader = this.#leader()
    if (random.below(3) === 0) {
      this.#coup(leader)
      return
    }
    const kinds = ['addVoter', 'addVoter', 'addNonvoter', 'demote', 'remove'] as const
    for (let left = 1 + random.below(3); left > 0; left--) {
      const kind = kinds[random.below(kinds.length)]!
      const { id } = this.#anyone()
      leader.changeMembership({ kind, id, address: `${id}:8300` } as MembershipChange)
    }
  }

  /** A leader that nobody hears takes the others out of the cluster, so that it would be a majority by itself. */
  #coup(leader: SimulatedServer): void {
    this.isolateLeader(leader)
    for (const { id } of this.#setup.servers) {
      if (id !== leader.id && this.#setup.random.below(4) > 0) leader.changeMembership({ kind: 'remove', id })
    }
  }

  private transfer(): void {
    const { random } = this.#setup
    this.#leader().transferLeadership(random.below(2) === 0 ? undefined : this.#anyone().id)
  }

  /** The leader hands over, and hears nothing more of what becomes of it, or only later. */
  private lostHandover(): void {
    const { random, profile } = this.#setup
    const leader = this.#leader()
    const late = random.below(2) === 0
    const toLeader = this.#pairs((_, to) => to === leader)
    if (late) this.#slowFor(toLeader, profile.core.leaderLeaseMs * random.fraction(), random.below(3000))
    // By then it hears of what was said before, and still believes that it leads.
    this.#later(late ? profile.core.leaderLeaseMs : 0, () => {
      leader.transferLeadership()
      if (!late) this.#later(2, () => this.#cutFor(toLeader, random.below(3000)))
    })
  }

  /**
   * The leader is cut off as if its process had ended, and those who followed it believe that. It goes on, and answers whom it can,
   * perhaps by a slow clock or by what it is told late.
   */
  private deposedLeader(): void {
    const { servers, random, profile } = this.#setup
    const leader = this.#leader()
    const others = servers.filter((server) => server !== leader)
    const durationMs = profile.core.heartbeatTimeoutMs * (1 + 3 * random.fraction())
    if (random.below(2) === 0) {
      leader.clock.drift(slowestClock)
      for (const other of others) other.clock.drift(fastestClock)
    }
    const late = random.below(2) === 0
    const slowMs = late ? profile.core.readLeaseMs * random.fraction() : 0
    if (late)
      this.#slowFor(
        this.#pairs((_, to) => to === leader),
        slowMs,
        durationMs + 2 * slowMs,
      )
    this.#later(2 * slowMs, () => {
      this.#cutFor(
        this.#pairs((from, to) => from === leader || (to === leader && !late)),
        durationMs,
      )
      for (const other of others) this.#later(random.below(5), () => other.leaderLost(leader.id))
    })
  }

  /**
   * A server loses sight of the leader, and when it has waited long enough, the others start anew and remember neither that they
   * follow one, nor since when.
   */
  private forgottenPromise(): void {
    const { servers, random, profile } = this.#setup
    const leader = this.#leader()
    const loser = this.#anyone()
    if (loser === leader) return
    const { readLeaseMs, heartbeatTimeoutMs } = profile.core
    const waitMs = 1.5 * readLeaseMs + (heartbeatTimeoutMs / 3) * random.fraction()
    const touches = (one: SimulatedServer) => this.#pairs((from, to) => from === one || to === one)
    this.#cutFor(
      touches(leader).filter((pair) => pair.includes(loser.id)),
      waitMs,
    )
    loser.leaderLost(leader.id)
    this.#later(waitMs, () => {
      this.#cutFor(touches(leader), heartbeatTimeoutMs * (1 + random.fraction()))
      for (const server of servers) {
        if (server === leader || server === loser || !server.up) continue
        server.crash()
        server.start()
      }
    })
  }

  #down(server: SimulatedServer, atMostMs: number): void {
    if (!server.up) return
    server.crash()
    const { random } = this.#setup
    // The others notice, some of them at once.
    for (const other of this.#setup.servers) {
      if (random.below(2) === 0) this.#later(random.below(20), () => other.leaderLost(server.id))
    }
    this.#later(random.below(3) === 0 ? random.below(20) : random.below(atMostMs), () => {
      if (!server.up) server.start()
    })
  }

  #cutFor(pairs: readonly (readonly [string, string])[], durationMs: number): void {
    const { network } = this.#setup
    for (const [from, to] of pairs) network.cut(from, to)
    this.#later(durationMs, () => {
      for (const [from, to] of pairs) network.join(from, to)
    })
  }

  #slowFor(pairs: readonly (readonly [string, string])[], byMs: number, durationMs: number): void {
    const { network } = this.#setup
    for (const [from, to] of pairs) network.slow(from, to, byMs)
    this.#later(durationMs, () => {
      for (const [from, to] of pairs) network.slow(from, to, 0)
    })
  }

  #later(delayMs: number, run: () => void): void {
    this.#setup.world.after(delayMs, () => {
      if (!this.#over) run()
    })
  }

  #pairs(wanted: (from: SimulatedServer, to: SimulatedServer) => boolean): [string, string][] {
    const { servers } = this.#setup
    return servers.flatMap((from) =>
      servers.filter((to) => from !== to && wanted(from, to)).map((to): [string, string] => [from.id, to.id]),
    )
  }

  #anyone(): SimulatedServer {
    const { servers, random } = this.#setup
    return servers[random.below(servers.length)]!
  }

  /** The leader as often as not: its troubles are the interesting ones. */
  #someone(): SimulatedServer {
    return this.#setup.random.below(2) === 0 ? this.#leader() : this.#anyone()
  }

  /** Someone who thinks it leads, if there is one. */
  #leader(): SimulatedServer {
    const leaders = this.#setup.servers.filter((server) => server.core?.role === 'leader')
    return leaders[this.#setup.random.below(Math.max(1, leaders.length))] ?? this.#anyone()
  }
}

/** Does the message promise something that its sender must remember? */
function binds(message: Message): boolean {
  if (message.type === 'voteReply') return message.granted
  return message.type === 'appendReply' && message.success && message.echo.upTo > 0
}
