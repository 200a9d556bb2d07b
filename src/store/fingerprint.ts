import { createHash } from 'node:crypto'
import type { TableDefinition } from './table.ts'

/**
 * What a server's replicated state is made of, as 16 hexadecimal digits: its tables with the indexes that refuse a row, and the
 * numbers of the log commands it applies. Servers whose fingerprints differ would drift apart silently on the same log.
 * Order does not matter, nor do indexes that only find rows: a release may add one.
 */
export function fingerprint(tables: Iterable<TableDefinition>, commands: Iterable<number>): string {
  const described = Array.from(tables, ({ name, indexes = {} }) => [
    name,
    Object.keys(indexes)
      .filter((index) => indexes[index]!.unique)
      .sort(),
  ])
  described.sort(([a], [b]) => (a! < b! ? -1 : 1))
  const numbers = [...new Set(commands)].sort((a, b) => a - b)
  return createHash('sha256')
    .update(JSON.stringify([described, numbers]))
    .digest('hex')
    .slice(0, 16)
}
