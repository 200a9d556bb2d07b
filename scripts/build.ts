/** Compiles the sources to dist/ for the published package: Node strips no types below node_modules. */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
rmSync(`${root}dist`, { recursive: true, force: true })
execFileSync(`${root}node_modules/.bin/tsc`, ['--project', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
