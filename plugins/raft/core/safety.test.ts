import { expect, test } from 'vitest'
import type { Random } from '../../../src/kernel/random.ts'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { entryType } from './messages.ts'
import { Rehearsal, type RehearsalServer } from './rehearsal.ts'

/** Random trouble on a small cluster; every promise of the protocol is checked as it goes (see Rehearsal). */
function run(seed: number): { committed: number; elections: number; installs: number; confirmedReads: number } {
  const random = seededRandom(seed)
  const cluster = new Rehearsal(seed % 3 === 0 ? ['a', 'b', 'c', 'd', 'e'] : ['a', 'b', 'c'], random, {
    tailEntriesMax: 2,
    entriesPerMessageMax: 3,
    inFlightMax: 4,
  })
  const servers = [...cluster.servers.values()]
  const floors = new Map<number, { by: RehearsalServer; atLeast: number }>()
  let installs = 0
  let command = 0
  for (let step = 0; step < 5000; step++) {
    const server = pick(servers, random)
    const chance = random.below(1000)
    if (chance < 5) server.up ? server.crash() : server.restart()
    else if (chance < 20) server.up || server.restart()
    else if (chance < 22) partition(cluster, servers, random)
    else if (chance < 30) cluster.heal()
    else if (chance < 38) server.up && server.compact(random.below(4))
    else if (chance < 40) attempt(() => cluster.leader?.core.transferLeadership())
    else if (chance < 44) changeMembership(cluster, server, random)
    else if (chance < 120) attempt(() => believer(servers, random)?.core.propose(commandOf(command++)))
    else if (chance < 150) {
      const leader = believer(servers, random)
      const token = step
      attempt(() => {
        leader?.core.requestRead(token)
        if (leader) floors.set(token, { by: leader, atLeast: Math.max(0, ...cluster.committed.keys()) })
      })
    } else if (chance < 250) {
      cluster.nowMs += random.below(9)
      // Clocks of servers that are not ticked now run late.
      for (const each of servers) if (each.up && random.below(4) > 0) each.tick()
    } else if (chance < 550) {
      if (server.up) server.writing === undefined ? server.take() : server.sync()
    } else {
      const { network } = cluster
      if (network.length === 0) continue
      const at = random.below(random.below(3) === 0 ? network.length : Math.min(network.length, 12))
      const message = network[at]!
      const fate = random.below(20)
      if (fate > 0) network.splice(at, 1)
      if (fate === 1) cluster.lose(message)
      else if (cluster.deliver(message) && message.type === 'install') installs++
      if (network.length > 200) for (const lost of network.splice(0, 100)) cluster.lose(lost)
    }
    if (step % 100 === 0) cluster.checkLogsMatch()
  }
  settle(cluster, servers)
  for (const server of servers) {
    for (const [token, index] of server.reads) {
      const floor = floors.get(token)
      if (floor?.by === server) expect(index).toBeGreaterThanOrEqual(floor.atLeast)
    }
  }
  const elections = Math.max(...servers.map((server) => server.core.term))
  const confirmedReads = servers.reduce((sum, server) => sum + server.reads.size, 0)
  return { committed: cluster.committed.size, elections, installs, confirmedReads }
}

/** All trouble ends: a leader is found, and every voter comes to hold and apply all that was ever committed. */
function settle(cluster: Rehearsal, servers: readonly RehearsalServer[]): void {
  cluster.heal()
  for (const server of servers) if (!server.up) server.restart()
  let proposed: number | undefined
  for (let round = 0; round < 600; round++) {
    cluster.nowMs += 5
    for (const server of servers) {
      server.tick()
      server.take()
      server.sync()
    }
    for (const message of cluster.network.splice(0)) cluster.deliver(message)
    const { leader } = cluster
    if (proposed === undefined && leader !== undefined && leader.appliedIndex >= leader.core.termStartIndex) {
      attempt(() => {
        proposed = leader.core.propose(commandOf(1_000_000)).index
      })
    }
    if (proposed !== undefined && members(cluster).every((server) => server.appliedIndex >= proposed!)) break
  }
  cluster.checkLogsMatch()
  expect(proposed, 'a leader takes proposals once the trouble is over').toBeDefined()
  const last = Math.max(...cluster.committed.keys())
  for (const server of members(cluster)) expect(server.appliedIndex).toBe(last)
}

/** Someone who thinks it leads, rightly or not: clients cannot tell either. */
function believer(servers: readonly RehearsalServer[], random: Random): RehearsalServer | undefined {
  const leaders = servers.filter((server) => server.up && server.core.role === 'leader')
  return leaders[random.below(Math.max(1, leaders.length))]
}

function members(cluster: Rehearsal): RehearsalServer[] {
  const configuration = cluster.leader?.core.configuration.servers ?? []
  return configuration.map((server) => cluster.server(server.id))
}

function partition(cluster: Rehearsal, servers: readonly RehearsalServer[], random: Random): void {
  const oneWay = random.below(3) === 0
  for (const from of servers) {
    for (const to of servers) {
      if (from === to || random.below(3) > 0) continue
      cluster.cut(from.id, to.id)
      if (!oneWay) cluster.cut(to.id, from.id)
    }
  }
}

function changeMembership(cluster: Rehearsal, { id }: RehearsalServer, random: Random): void {
  const address = `${id}:8300`
  const kinds = ['addVoter', 'addVoter', 'addNonvoter', 'demote', 'remove'] as const
  const kind = pick(kinds, random)
  attempt(() => believer([...cluster.servers.values()], random)?.core.changeMembership({ kind, id, address }))
}

/** Requests may be refused; a broken invariant may not pass for that. */
function attempt(request: () => void): void {
  try {
    request()
  } catch (error) {
    if ((error as Error).name === 'InvariantError') throw error
  }
}

function commandOf(number: number) {
  return { type: entryType.command, data: Buffer.from(`command ${number}`), extensions: null, appendedAtMs: 0 }
}

function pick<T>(from: readonly T[], random: Random): T {
  return from[random.below(from.length)]!
}

test('under loss, reordering, crashes, partitions, snapshots and changes of membership no promise is broken', () => {
  const sums = { committed: 0, elections: 0, installs: 0, confirmedReads: 0 }
  for (let seed = 1; seed <= 500; seed++) {
    try {
      const result = run(seed)
      for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] += result[key]
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error })
    }
  }
  // The trouble must not be so bad that nothing happens, or the checks would check nothing.
  expect(sums.committed).toBeGreaterThan(2000)
  expect(sums.elections).toBeGreaterThan(500)
  expect(sums.installs).toBeGreaterThan(100)
  expect(sums.confirmedReads).toBeGreaterThan(300)
}, 60_000)
