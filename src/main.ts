import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Compiled code of earlier starts is kept beside the packages, which halves the time a start takes. Where that folder
// cannot be written, or is not there, starts are only slower.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url)))

const { run } = await import('./cli/run.ts')
// Exits even when a plugin forgot a timer or a socket: all that ours own is closed by now.
process.exit(await run(process.argv.slice(2)))
