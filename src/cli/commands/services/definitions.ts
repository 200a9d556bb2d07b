import { readFileSync } from 'node:fs'
import { type ConfigFormat, parseConfig } from '../../../config/sources.ts'
import { plainValue } from '../../../kernel/config-tree.ts'
import { ConfigError } from '../../../kernel/errors.ts'
import { CommandError } from '../../command-errors.ts'
import type { Terminal } from '../../terminal.ts'

/** A service as a file defines it, its name and id under the names that the API has. */
export interface DefinedService {
  readonly Name: string
  readonly ID?: string
  readonly [field: string]: unknown
}

/** The services of files in HCL or JSON, `service` and `services` blocks alike; `-` is JSON on standard input. */
export async function servicesOfFiles(paths: readonly string[], terminal: Terminal): Promise<DefinedService[]> {
  const services: DefinedService[] = []
  for (const path of paths) {
    const format: ConfigFormat = path.endsWith('.hcl') ? 'hcl' : 'json'
    services.push(...servicesOf(parse(await contentOf(path, terminal), path, format), path))
  }
  return services
}

async function contentOf(path: string, terminal: Terminal): Promise<string> {
  if (path === '-') return (await terminal.stdin()).toString('utf8')
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new CommandError(`Error reading ${path}: ${(error as Error).message}`, { cause: error })
  }
}

function parse(text: string, path: string, format: ConfigFormat): Readonly<Record<string, unknown>> {
  try {
    return plainValue(parseConfig(text, path, format)) as Record<string, unknown>
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new CommandError(`Error parsing ${path}: ${error.message}`, { cause: error })
  }
}

function servicesOf(config: Readonly<Record<string, unknown>>, path: string): DefinedService[] {
  const blocks = ['service', 'services'].flatMap((key) => config[key] ?? [])
  const services = blocks.map((block) => {
    const { name, id, Name = name, ID = id, ...rest } = block as Record<string, unknown>
    if (typeof Name !== 'string') throw new CommandError(`${path} defines a service without a name`)
    return { ...rest, Name, ...(typeof ID === 'string' && { ID }) }
  })
  if (services.length === 0) throw new CommandError(`${path} defines no service; write service { name = … }`)
  return services
}
