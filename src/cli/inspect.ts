import { summaryOf } from '../../plugins/raft/entry-body.ts'
import { type DatabaseReport, inspectDatabase } from '../../plugins/raft/inspect.ts'
import { columns, formatBytes, writeError, writeLine } from './print.ts'

const help = `Usage: proconsul inspect [-format=text|json] [-entries=N] PATH

  Shows what stands in a raft.db: term and vote, the range of the log and what
  it is made of, its newest entries, the servers of the cluster, snapshots and
  sizes. Reads only, also while an agent uses the file.

  -format=text|json   how to print it (text)
  -entries=N          how many of the newest entries to show (10)

Example: proconsul inspect data/raft.db`

interface InspectArguments {
  readonly path: string
  readonly json: boolean
  readonly entries: number
}

/** `proconsul inspect data/raft.db`. Resolves with the exit status; throws a ProconsulError for a file that is none. */
export async function runInspect(args: readonly string[]): Promise<number> {
  if (args.some((argument) => /^--?h(elp)?$/.test(argument))) {
    writeLine(help)
    return 0
  }
  const parsed = parseArguments(args)
  if (typeof parsed === 'string') {
    writeError(`==> ${parsed}\n\n${help}`)
    return 1
  }
  const report = inspectDatabase(parsed.path, parsed.entries)
  writeLine(parsed.json ? JSON.stringify(report, null, 2) : formatReport(report))
  return 0
}

function parseArguments(args: readonly string[]): InspectArguments | string {
  let path: string | undefined
  let json = false
  let entries = 10
  const words = args.flatMap((argument) => splitFlag(argument))
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    if (/^--?format$/.test(word)) {
      const format = words[++at]
      if (format !== 'json' && format !== 'text') return `-format must be text or json, not "${format ?? ''}"`
      json = format === 'json'
    } else if (/^--?entries$/.test(word)) {
      entries = Number(words[++at])
      if (!Number.isInteger(entries) || entries < 0 || entries > 1e6)
        return '-entries must be a number from 0 to 1000000'
    } else if (word.startsWith('-')) return `inspect has no flag ${word}`
    else if (path === undefined) path = word
    else return `one file at a time: ${path} or ${word}?`
  }
  return path === undefined ? 'which file? For instance data/raft.db' : { path, json, entries }
}

function splitFlag(argument: string): string[] {
  const equals = argument.indexOf('=')
  return argument.startsWith('-') && equals > 0 ? [argument.slice(0, equals), argument.slice(equals + 1)] : [argument]
}

/** The report as people read it. */
export function formatReport(report: DatabaseReport): string {
  const { vote, log, sizes, peers } = report
  const range = log ? `entries ${log.firstIndex} to ${log.lastIndex}, last of term ${log.lastTerm}` : 'empty'
  const facts = columns([
    ['File', `${report.path} (format ${report.formatVersion})`],
    [
      'Size',
      `${formatBytes(sizes.fileBytes)}, ${formatBytes(sizes.freeBytes)} of it free; WAL ${formatBytes(sizes.walBytes)}`,
    ],
    ['Term', `${vote.term}, voted for ${vote.votedFor ?? 'nobody'}`],
    ['Log', range],
  ])
  const kinds = report.kinds.map(({ kind, entries, sizeBytes }) => [kind, String(entries), formatBytes(sizeBytes)])
  const servers = peers?.servers.map(({ id, address, suffrage }) => [id, address, suffrage]) ?? []
  const snapshots = report.snapshots.map(({ id, index, term, sizeBytes, createdAtMs }) => [
    String(id),
    String(index),
    String(term),
    formatBytes(sizeBytes),
    formatTime(createdAtMs),
  ])
  const entries = report.entries.map(({ index, term, kind, sizeBytes, appendedAtMs, body }) => [
    String(index),
    String(term),
    kind,
    formatBytes(sizeBytes),
    formatTime(appendedAtMs),
    summaryOf(body),
  ])
  return [
    facts,
    section('What the log is made of', ['Kind', 'Entries', 'Size'], kinds),
    section(`Servers${peers ? `, since entry ${peers.index}` : ''}`, ['ID', 'Address', 'Suffrage'], servers),
    section('Snapshots', ['Snapshot', 'Index', 'Term', 'Size', 'Taken'], snapshots),
    section('Newest entries', ['Index', 'Term', 'Kind', 'Size', 'Appended', 'What it says'], entries),
  ].join('\n\n')
}

function section(title: string, heading: readonly string[], rows: readonly (readonly string[])[]): string {
  return `${title}\n${rows.length === 0 ? 'none' : columns([heading, ...rows])}`
}

function formatTime(ms: number): string {
  return ms === 0 ? '-' : new Date(ms).toISOString()
}
