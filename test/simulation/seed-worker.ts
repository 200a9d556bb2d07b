import { pathToFileURL } from 'node:url'
import { RaftCore } from '../../plugins/raft/core/raft-core.ts'
import { addTo, type Failure, type Share, type ShareDone, type Totals, totalsOf } from './run-seeds.ts'
import { simulate } from './simulate.ts'

/** Runs the seeds its parent process asks for, until the parent has no more. */

const [coreFile] = process.argv.slice(2)
const newCore = coreFile === undefined ? RaftCore : await otherCore(coreFile)

async function otherCore(file: string): Promise<typeof RaftCore> {
  const module = (await import(pathToFileURL(file).href)) as { RaftCore: typeof RaftCore }
  return module.RaftCore
}

process.on('message', async ({ from, count }: Share) => {
  const totals: Totals = {}
  const failures: Failure[] = []
  for (let seed = from; seed < from + count; seed++) {
    try {
      addTo(totals, totalsOf(await simulate(seed, { newCore })))
    } catch (error) {
      failures.push({ seed, message: (error as Error).message })
    }
  }
  const done: ShareDone = { totals, failures }
  process.send!(done)
})
