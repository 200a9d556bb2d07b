import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Suites as a client of three servers has to answer them. Two things may differ from what one server said, in Consul as
 * here: errors that come from a server are introduced by each agent that passed them on, and the leader has an address of
 * its own.
 */

/** Cases (`suite/case`) that cannot be the same through a client, each with the reason. */
export const notThroughClient = (
  JSON.parse(readFileSync(fileURLToPath(new URL('not-through-client.json', import.meta.url)), 'utf8')) as {
    readonly cases: Readonly<Record<string, string>>
  }
).cases

/** The agent for the runner; see through-client.ts. */
export const clientAgent = `${process.execPath} ${fileURLToPath(new URL('through-client.ts', import.meta.url))}`

/** Four agents take their time to start on a machine that has other things to do. */
export const clientStartTimeoutMs = 90_000

/** Writes the suite into the folder as a client has to answer it, and gives the path. */
export function writeSuiteSeenFromClient(file: string, folder: string): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, basename(file))
  writeFileSync(path, JSON.stringify(seenFromClient(JSON.parse(readFileSync(file, 'utf8')))))
  return path
}

/** The same, with every expectation in it changed where it has to be. */
export function seenFromClient(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(seenFromClient)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => [
    key,
    key === 'expect' ? expectation(inner) : seenFromClient(inner),
  ])
  return Object.fromEntries(entries)
}

function expectation(expected: { readonly status?: number; readonly text?: unknown }): unknown {
  const { status = 200, text } = expected
  const elsewhere = leaderElsewhere(expected)
  if (status < 400 || text === undefined) return elsewhere
  const pattern = patternOf(text)
  return pattern === undefined ? elsewhere : { ...expected, text: { $match: `re:^(?:${passedOn})*${pattern}` } }
}

const passedOn = 'rpc error making call: '

/** A regular expression that begins where the text does; undefined for matchers that are none of texts. */
function patternOf(text: unknown): string | undefined {
  if (typeof text === 'string') return `${escaped(text)}$`
  const match = (text as { readonly $match?: string }).$match ?? ''
  if (match.startsWith('text:')) return `${escaped(match.slice('text:'.length))}$`
  return match.startsWith('re:^') ? match.slice('re:^'.length) : undefined
}

const ownServer = '127.0.0.1:${' + 'port_server}'

function leaderElsewhere(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(leaderElsewhere)
  if (typeof value !== 'object' || value === null) return value
  const { $match } = value as { readonly $match?: unknown }
  if (typeof $match === 'string' && $match.startsWith('text:') && $match.includes(ownServer)) {
    const [before = '', after = ''] = $match.slice('text:'.length).split(ownServer)
    return { ...value, $match: `re:^${escaped(before)}127\\.[0-9.]+:\${port_server}${escaped(after)}$` }
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, leaderElsewhere(inner)]))
}

/** For a regular expression, with the variables of the runner as they are. */
function escaped(text: string): string {
  return text
    .split(/(\$\{\w+\})/)
    .map((part, at) => (at % 2 === 1 ? part : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')))
    .join('')
}
