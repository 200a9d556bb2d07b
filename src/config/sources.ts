import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ConfigObject } from '../kernel/config-tree.ts'
import type { ConfigProblem } from '../kernel/option-values.ts'
import { parseJson } from './hcl/json.ts'
import { parseHcl } from './hcl/parser.ts'
import { ConfigSyntaxError, defaultSyntaxLimits } from './hcl/syntax.ts'

export type ConfigFormat = 'hcl' | 'json'

/** How configuration files are reached. Its functions throw what node:fs throws. */
export interface ConfigReader {
  stat(path: string): { readonly isFolder: boolean; readonly sizeBytes: number }
  /** Names of what lies in a folder, in any order. */
  names(folder: string): readonly string[]
  bytes(file: string): Uint8Array
}

export const systemReader: ConfigReader = {
  stat(path) {
    const stats = statSync(path)
    return { isFolder: stats.isDirectory(), sizeBytes: stats.size }
  },
  names: (folder) => readdirSync(folder),
  bytes: (file) => readFileSync(file),
}

export interface ReadSources {
  /** One tree for each file, in the order they apply. */
  readonly trees: readonly ConfigObject[]
  readonly problems: readonly ConfigProblem[]
  readonly warnings: readonly ConfigProblem[]
}

/**
 * Reads what `-config-file` and `-config-dir` name, in the order given; Consul lets either name a file or a folder. Of a
 * folder it reads the files that end in `.hcl` or `.json`, by name, without its subfolders. `format` overrules endings.
 */
export function readSources(
  places: readonly string[],
  format: ConfigFormat | undefined,
  reader: ConfigReader,
): ReadSources {
  const trees: ConfigObject[] = []
  const problems: ConfigProblem[] = []
  const warnings: ConfigProblem[] = []
  const about = (file: string, message: string) => ({ origin: { file, line: 0, column: 0 }, key: '', message })

  const attempt = (path: string, read: () => void): void => {
    try {
      read()
    } catch (error) {
      if (error instanceof ConfigSyntaxError) problems.push({ origin: error.origin, key: '', message: error.reason })
      else problems.push(about(path, describeReadFailure(error)))
    }
  }

  const readFile = (file: string, fileFormat: ConfigFormat, sizeBytes: number): void => {
    if (sizeBytes > longestFileBytes) {
      problems.push(about(file, `has more than ${longestFileBytes} bytes; split it into several files`))
      return
    }
    trees.push(parseBytes(reader.bytes(file), file, fileFormat))
  }

  const readFolder = (folder: string): void => {
    for (const name of [...reader.names(folder)].sort(byCodeUnits)) {
      const file = join(folder, name)
      attempt(file, () => {
        const { isFolder, sizeBytes } = reader.stat(file)
        const fileFormat = format ?? formatOf(name)
        if (isFolder) return
        if (fileFormat) readFile(file, fileFormat, sizeBytes)
        else
          warnings.push(
            about(file, 'is skipped, because it ends in neither .hcl nor .json; set -config-format to read it'),
          )
      })
    }
  }

  for (const place of places) {
    attempt(place, () => {
      const { isFolder, sizeBytes } = reader.stat(place)
      const fileFormat = format ?? formatOf(place)
      if (isFolder) readFolder(place)
      else if (fileFormat) readFile(place, fileFormat, sizeBytes)
      else problems.push(about(place, 'ends in neither .hcl nor .json; rename it or set -config-format'))
    })
  }
  return { trees, problems, warnings }
}

/** A UTF-8 character takes at most three bytes for each UTF-16 code unit the parsers count. */
const longestFileBytes = 3 * defaultSyntaxLimits.textLength

/** Parses one text; `name` is what origins call it. */
export function parseConfig(text: string, name: string, format: ConfigFormat): ConfigObject {
  return format === 'json' ? parseJson(text, name) : parseHcl(text, name)
}

function parseBytes(bytes: Uint8Array, file: string, format: ConfigFormat): ConfigObject {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new ConfigSyntaxError({ file, line: 0, column: 0 }, 'is not UTF-8 text; save it as UTF-8')
  }
  return parseConfig(text, file, format)
}

function formatOf(name: string): ConfigFormat | undefined {
  if (name.endsWith('.hcl')) return 'hcl'
  return name.endsWith('.json') ? 'json' : undefined
}

function byCodeUnits(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

const readFailures: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'does not exist; check the path'],
  ['ENOTDIR', 'does not exist; check the path'],
  ['EACCES', 'may not be read by this user; change its permissions'],
  ['EPERM', 'may not be read by this user; change its permissions'],
  ['ELOOP', 'is a link that leads back to itself; mend the link'],
])

function describeReadFailure(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  // Only what node:fs reports is the operator's; anything else is a bug and must not look like one of theirs.
  if (code === undefined) throw error
  return readFailures.get(code) ?? `cannot be read (${code}); check the file and its disk`
}
