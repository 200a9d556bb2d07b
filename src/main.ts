import { run } from './cli/run.ts'

// Small buffers are cut from pools, and one that is kept keeps its whole pool: an entry of the log, an answer, an event.
// Node's pools of 64 KiB made a cache of 6,000 small answers weigh more than 100 MiB.
Buffer.poolSize = 8 * 1024

// Exits even when a plugin forgot a timer or a socket: all that ours own is closed by now.
process.exit(await run(process.argv.slice(2)))
