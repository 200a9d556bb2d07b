import { readFileSync } from 'node:fs'
import { Child } from '../../bench/child.ts'
import type { HttpLoad } from '../../bench/load/http-load.ts'
import { putRequests } from '../../bench/requests.ts'
import { RaftCluster, type RaftMember } from './raft-cluster.ts'

/**
 * Three servers and their load on one machine, with the settings an operator gets who sets none: durable puts through the leader
 * on 64 connections, compared with a single server in turns, and then for long, to see whether a leader is ever lost to
 * mere load.
 *
 *     node test/cluster/full-load.ts [seconds of full load]
 */
const seconds = Number(process.argv[2] ?? 600)
const turns = 5
const turnMs = 3000
const options = { multiplier: 5, args: ['-log-level=info'] }

using load = new Child<HttpLoad>(new URL('../../bench/load/http-load.ts', import.meta.url))
const three = await compare()
const marks = three.members.map(({ process }) => process.output.length)
const { rate, failed, highestMs } = await put(three, seconds * 1000)
console.log(`${seconds} s of load: ${rate.toFixed(0)} puts/s, ${failed} failed, slowest ${highestMs.toFixed(0)} ms`)
for (const [at, { number, process }] of three.members.entries()) {
  const elections = process.output
    .slice(marks[at]!)
    .match(/heartbeat timeout|stepping down|entering (candidate|follower)/g)
  console.log(`server ${number}: ${elections?.length ?? 0} signs of an election, ${memoryOf(three.members[at]!)}`)
}
await three.settled(60_000)
await three[Symbol.asyncDispose]()

/** The ratio of three servers to one; leaves the three running. */
async function compare(): Promise<RaftCluster> {
  await using single = await RaftCluster.start({ servers: 1, ...options })
  const several = await RaftCluster.start({ servers: 3, ...options })
  const rates: [number[], number[]] = [[], []]
  for (let turn = 0; turn < turns; turn++) {
    rates[0].push((await put(single, turnMs)).rate)
    rates[1].push((await put(several, turnMs)).rate)
  }
  const [one, all] = [medianOf(rates[0]), medianOf(rates[1])]
  console.log(`one server ${one.toFixed(0)} puts/s, three ${all.toFixed(0)}: ratio ${(all / one).toFixed(2)}`)
  return several
}

async function put(cluster: RaftCluster, durationMs: number) {
  const { httpPort: port } = await cluster.leader()
  const requests = putRequests(10_000)
  const result = await load.call('run', { port, connections: 64, requests, until: { durationMs } })
  return { rate: result.completed / result.seconds, failed: result.failed, highestMs: result.latencyMs.highest }
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

function memoryOf({ process }: RaftMember): string {
  return /VmRSS:\s*(.*)/.exec(readFileSync(`/proc/${process.child.pid}/status`, 'utf8'))?.[1] ?? 'memory unknown'
}
