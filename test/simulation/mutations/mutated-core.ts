import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Mutation } from './mutations.ts'

const coreFolder = new URL('../../../plugins/raft/core/', import.meta.url)

/**
 * Writes a copy of the core into `folder`, broken as the mutation says, and returns its main file.
 *
 * @throws when the text to replace is not there exactly once: the core has changed and the mutation has to follow
 */
export function writeMutatedCore(folder: string, { name, file, find, replace }: Mutation): string {
  cpSync(coreFolder, folder, { recursive: true })
  for (const copied of readdirSync(folder)) {
    if (!copied.endsWith('.ts') || copied.endsWith('.test.ts')) continue
    const path = join(folder, copied)
    let text = readFileSync(path, 'utf8')
    if (copied === file) {
      const times = text.split(find).length - 1
      if (times !== 1) {
        throw new Error(
          `"a core that ${name}" no longer applies: its text stands ${times} times in ${file}; write it anew`,
        )
      }
      text = text.replace(find, () => replace)
    }
    writeFileSync(
      path,
      text.replaceAll(/from '(\.\.\/[^']+)'/g, (_, target: string) => `from '${absolute(target)}'`),
    )
  }
  return join(folder, 'raft-core.ts')
}

/** What lies outside of the core is that of the product. */
function absolute(target: string): string {
  return fileURLToPath(new URL(target, coreFolder))
}
