import { AgentUnderTest } from '../agent/agent-under-test.ts'
import { Child } from '../child.ts'
import type { HttpLoad } from '../load/http-load.ts'
import type { Measurement } from '../measurement.ts'
import { requestBytes, value } from '../requests.ts'
import { median } from '../rounds.ts'

const putsPerTxn = 64
const connections = 16

/** Transactions of 64 puts, durable when answered: what one key costs when many are written together. */
export const txn: Measurement = {
  name: 'txn',
  async measure({ rounds, roundMs, warmUpMs, progress, profileDir }) {
    await using agent = await AgentUnderTest.start({ profileDir })
    using load = new Child<HttpLoad>(new URL('../load/http-load.ts', import.meta.url))
    const requests = Array.from({ length: 100 }, (_, at) => requestBytes('PUT', '/v1/txn', transaction(at)))
    const run = (durationMs: number) =>
      load.call('run', { port: agent.httpPort, connections, requests, until: { durationMs } })
    progress('transactions: warming up')
    await run(warmUpMs)
    const rates: number[] = []
    for (let round = 0; round < rounds; round++) {
      const { completed, failed, seconds } = await run(roundMs)
      if (failed > 0) throw new Error(`${failed} of ${completed} transactions failed`)
      rates.push((completed * putsPerTxn) / seconds)
      progress(`transactions: ${Math.round(rates.at(-1)!)} keys/s`)
    }
    return [
      {
        name: 'txn',
        title: 'Keys put in durable transactions of 64, 16 connections',
        ours: { value: median(rates), unit: '/s' },
        notes: [
          `${(median(rates) / putsPerTxn).toFixed(0)} transactions/s, ${(1e6 / median(rates)).toFixed(1)} µs a key`,
        ],
        rounds: rates,
      },
    ]
  },
}

function transaction(number: number): string {
  const operations = Array.from({ length: putsPerTxn }, (_, at) => {
    const key = number * putsPerTxn + at
    return { KV: { Verb: 'set', Key: `bench/txn/${key}`, Value: Buffer.from(value(key)).toString('base64') } }
  })
  return JSON.stringify(operations)
}
