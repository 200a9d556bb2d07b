import { ProconsulError } from '../../../src/kernel/errors.ts'
import type { Random } from '../../../src/kernel/random.ts'
import { type Entry, entryType, type Message } from './messages.ts'
import { Rehearsal, type RehearsalServer } from './rehearsal.ts'
import type { CoreEvent } from './state.ts'

/**
 * Plays a script of `core/scripts`: lines that begin with `>` are commands, what follows them is what the cluster did, and
 * `#` comments. The answer is the whole script with what happened this time.
 *
 * - `servers a b c`: a cluster of these voters
 * - `timeout a`: time passes until `a` has waited long enough; the others do not look at their clocks
 * - `wait 30`: 30 ms pass, but nobody looks at the clock
 * - `advance 30`: 30 ms pass for everybody
 * - `deliver`: what is under way arrives; what that causes is on its way now
 * - `settle`: delivers until nothing is under way
 * - `partition a b / c d e`, `heal`: no message passes between the groups, or again
 * - `crash a`, `restart a`: loses what is not on the disk
 * - `slow a`, `fast a`: writes of `a` are not durable until it is fast again
 * - `propose a x`: a client asks `a` to write `x`
 * - `logs`: index/term of each entry on each disk; those behind the bar are not known to be committed
 */
export function play(script: string, random: Random): string {
  const stage = new Stage(random)
  const lines: string[] = []
  for (const line of script.split('\n')) {
    if (line.startsWith('#') || line === '') lines.push(line)
    if (line.startsWith('>')) lines.push(line, ...stage.perform(line.slice(1).trim().split(' ')))
  }
  return lines.join('\n')
}

class Stage {
  #cluster: Rehearsal
  readonly #random: Random
  readonly #slow = new Set<string>()
  #happened: string[] = []
  #seen = 0

  constructor(random: Random) {
    this.#random = random
    this.#cluster = new Rehearsal([], random)
  }

  perform([command, ...words]: string[]): string[] {
    this.#happened = []
    const cluster = this.#cluster
    const server = () => cluster.server(words[0]!)
    switch (command) {
      case 'servers':
        this.#cluster = new Rehearsal(words, this.#random)
        for (const each of this.#cluster.servers.values()) each.take()
        for (const each of this.#cluster.servers.values()) each.sync()
        break
      case 'timeout':
        cluster.nowMs = Math.max(cluster.nowMs, server().core.nextTickAtMs)
        server().tick()
        break
      case 'wait':
        cluster.nowMs += Number(words[0])
        break
      case 'advance':
        cluster.nowMs += Number(words[0])
        for (const each of cluster.servers.values()) if (each.up) each.tick()
        break
      case 'deliver':
        this.#deliver()
        break
      case 'settle':
        for (let round = 0; round < 50 && cluster.network.length > 0; round++) this.#deliver()
        break
      case 'partition':
        this.#partition(words)
        break
      case 'heal':
        cluster.heal()
        break
      case 'crash':
        server().crash()
        break
      case 'restart':
        server().restart()
        server().take()
        server().sync()
        break
      case 'slow':
        this.#slow.add(words[0]!)
        break
      case 'fast':
        this.#slow.delete(words[0]!)
        break
      case 'propose':
        this.#propose(server(), words[1]!)
        break
      case 'logs':
        for (const each of cluster.servers.values()) this.#happened.push(logOf(each))
        break
      default:
        throw new Error(`a script has no command ${command}`)
    }
    this.#carryOut()
    return this.#happened
  }

  #deliver(): void {
    const { network } = this.#cluster
    for (const message of network.splice(0)) {
      if (!this.#cluster.deliver(message, this.#cluster.nowMs)) this.#happened.push(`${describe(message)} (lost)`)
    }
    this.#seen = 0
    this.#carryOut()
  }

  /** Everybody does what the core decided, until there is nothing to do; what is sent is under way. */
  #carryOut(): void {
    for (let round = 0; round < 4; round++) {
      for (const server of this.#cluster.servers.values()) {
        if (!server.up) continue
        const applied = server.appliedIndex
        for (const event of server.take()) this.#happened.push(...describeEvent(server.id, event))
        if (!this.#slow.has(server.id)) server.sync()
        if (server.appliedIndex > applied) this.#happened.push(`${server.id} applies up to ${server.appliedIndex}`)
      }
    }
    const { network } = this.#cluster
    for (const message of network.slice(this.#seen)) this.#happened.push(describe(message))
    this.#seen = network.length
  }

  #partition(words: readonly string[]): void {
    const groups = words
      .join(' ')
      .split(' / ')
      .map((group) => group.split(' '))
    for (const [at, group] of groups.entries()) {
      for (const other of groups.filter((_, index) => index !== at).flat()) {
        for (const id of group) this.#cluster.cut(id, other)
      }
    }
  }

  #propose({ core, id }: RehearsalServer, text: string): void {
    try {
      const draft = { type: entryType.command, data: Buffer.from(text), extensions: null, appendedAtMs: 0 }
      const { index, term } = core.propose(draft)
      this.#happened.push(`${id} has ${text} at ${index}/${term}`)
    } catch (error) {
      if (!(error instanceof ProconsulError)) throw error
      this.#happened.push(`${id} refuses ${text}: ${error.message}`)
    }
  }
}

function logOf({ id, disk, core, up }: RehearsalServer): string {
  const entries = [...disk.entries.values()].sort((a, b) => a.index - b.index)
  const committed = entries.filter((entry) => entry.index <= core.commitIndex).map(place)
  const open = entries.filter((entry) => entry.index > core.commitIndex).map(place)
  return `${id}: ${[...committed, '|', ...open].join(' ')}${up ? '' : ' (down)'}`
}

function place({ index, term, type, data }: Entry): string {
  return type === entryType.command ? `${index}/${term}:${data}` : `${index}/${term}`
}

function describeEvent(id: string, event: CoreEvent): string[] {
  switch (event.kind) {
    case 'role': {
      const following = event.role === 'follower' && event.leader !== undefined ? ` of ${event.leader}` : ''
      return [`${id} is ${event.role}${following} in term ${event.term}`]
    }
    case 'silence':
      return [`${id} hears no leader`]
    case 'leaseLost':
      return [`${id} has lost its majority`]
    case 'won':
      return [`${id} is elected by ${event.tally}`]
    default:
      return []
  }
}

function describe(message: Message): string {
  const path = `${message.from} → ${message.to}`
  const { term } = message
  switch (message.type) {
    case 'append': {
      const { prevIndex, prevTerm, entries, commitIndex } = message
      if (prevIndex === 0 && entries.length === 0) return `${path} heartbeat, term ${term}`
      const carried = entries.length === 0 ? '' : ` ${entries.map(place).join(' ')}`
      return `${path} append after ${prevIndex}/${prevTerm}${carried}, commit ${commitIndex}, term ${term}`
    }
    case 'appendReply':
      if (!message.success) return `${path} rejects ${message.echo.prevIndex}, term ${term}`
      return message.echo.upTo === 0
        ? `${path} hears, term ${term}`
        : `${path} has up to ${message.echo.upTo}, term ${term}`
    case 'preVote':
      return `${path} would you vote for me in term ${term}? my log ends ${message.lastIndex}/${message.lastTerm}`
    case 'vote':
      return `${path} vote for me in term ${term}, my log ends ${message.lastIndex}/${message.lastTerm}`
    case 'preVoteReply':
    case 'voteReply':
      return `${path} ${message.granted ? 'yes' : 'no'}, term ${term}`
    case 'install':
      return `${path} snapshot ${message.snapshot.index}/${message.snapshot.term}, term ${term}`
    case 'installReply':
      return `${path} has the snapshot: ${message.success}, term ${term}`
    case 'timeoutNow':
      return `${path} take over, term ${term}`
  }
}
