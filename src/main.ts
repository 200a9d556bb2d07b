import { run } from './cli/run.ts'

// Exits even when a plugin forgot a timer or a socket: all that ours own is closed by now.
process.exit(await run(process.argv.slice(2)))
