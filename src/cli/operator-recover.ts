import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { type DataDir, openDataDir } from '../../plugins/node/data-dir.ts'
import type { Server } from '../../plugins/raft/contract.ts'
import { parsePeers } from '../../plugins/raft/peers-file.ts'
import {
  planRecovery,
  type RecoveredServer,
  type RecoveryPlan,
  readLogReport,
} from '../../plugins/raft/recovery-plan.ts'
import { rewriteMembership } from '../../plugins/raft/storage/membership.ts'
import { ConfigError } from '../kernel/errors.ts'
import { readFlags } from './argv.ts'
import { columns, writeError, writeLine } from './print.ts'

const help = `Usage: proconsul operator recover [-yes] [-server=ID=ADDRESS …] DATA_DIR…

  Makes a cluster of the servers whose data directories are named, and of no
  others. For when so many servers are lost for good that the rest cannot elect
  a leader. Stop all of them first; servers left out must not come back.

  Shows how far each log goes and what would be lost, and rewrites the
  membership in each directory after a yes. Entries stay where they are: of the
  servers named, the one that knows most will lead.

  -server=ID=ADDRESS  a server whose directory is elsewhere, or whose address
                      changed. May be repeated. Where its directory is, run this
                      with the same servers, or leave a raft/peers.json
  -yes                do not ask

Example: proconsul operator recover /srv/proconsul`

/** `proconsul operator recover`. Resolves with the exit status; throws a ProconsulError for what cannot be recovered. */
export async function runRecover(
  args: readonly string[],
  input: NodeJS.ReadableStream = process.stdin,
): Promise<number> {
  const { uses, rest, problems } = readFlags(args, kindOf, ['server', 'yes', 'help'])
  if (uses.some(({ name }) => name === 'help' || name === 'h')) {
    writeLine(help)
    return 0
  }
  if (problems.length > 0 || rest.length === 0) {
    const what = problems.map(({ message }) => message).join('; ') || 'which data directories?'
    writeError(`==> ${what}\n\n${help}`)
    return 1
  }
  const added = uses.filter(({ name }) => name === 'server').map(({ value }) => serverOf(value ?? ''))
  const locks: DataDir[] = []
  try {
    const plan = planRecovery(
      rest.map((dir) => open(dir, locks)),
      added,
    )
    writeLine(formatPlan(plan))
    const sure = uses.some(({ name }) => name === 'yes') || (await agreed(input, rest.length))
    if (!sure) {
      writeLine('Nothing was changed.')
      return 1
    }
    for (const dir of rest) rewriteMembership(join(dir, 'raft.db'), plan.servers)
    writeLine(`The membership was rewritten in ${rest.join(', ')}. Start the agents now.`)
    return 0
  } finally {
    for (const lock of locks) lock.close()
  }
}

function kindOf(name: string): 'boolean' | 'value' | undefined {
  if (name === 'server') return 'value'
  return ['yes', 'help', 'h'].includes(name) ? 'boolean' : undefined
}

/** Reads a directory whose agent must not run. */
function open(dir: string, locks: DataDir[]): RecoveredServer {
  const idFile = join(dir, 'node-id')
  if (!existsSync(idFile)) throw new ConfigError(`${dir} is no data directory of a server: it has no node-id`)
  locks.push(openDataDir(dir))
  return { dir, id: readFileSync(idFile, 'utf8').trim().toLowerCase(), ...readLogReport(join(dir, 'raft.db')) }
}

function serverOf(text: string): Server {
  const at = text.indexOf('=')
  try {
    return parsePeers(JSON.stringify([{ id: text.slice(0, Math.max(0, at)), address: text.slice(at + 1) }]))[0]!
  } catch (cause) {
    throw new ConfigError(`-server=${text} must be ID=ADDRESS, such as 6b4f5bd6-…=10.0.0.1:8300`, { cause })
  }
}

async function agreed(input: NodeJS.ReadableStream, count: number): Promise<boolean> {
  const lines = createInterface({ input, output: process.stdout, terminal: false })
  try {
    const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
    const question = `Rewrite the membership in ${count === 1 ? 'this directory' : `these ${count} directories`}? (yes/no) `
    return /^y(es)?$/i.test((await Promise.race([lines.question(question), closed])).trim())
  } finally {
    lines.close()
  }
}

/** What there is, what would be, and what would be lost. */
export function formatPlan({ servers, dropped, newest, behind }: RecoveryPlan): string {
  const found = [newest, ...behind.map(({ server }) => server)].map(
    ({ dir, id, lastIndex, lastTerm, snapshotIndex }) => [
      dir,
      id,
      String(lastIndex),
      String(lastTerm),
      snapshotIndex === 0 ? '-' : String(snapshotIndex),
    ],
  )
  const losses = behind.flatMap(({ server, missing, contradicting }) => {
    if (contradicting === 0 && missing === 0) return [`${server.dir} has the same entries.`]
    const lacks = `${server.dir} lacks the last ${missing}, which it gets from ${newest.dir}`
    return [
      contradicting === 0 ? `${lacks}.` : `${lacks}; its own last ${contradicting} contradict them and are dropped.`,
    ]
  })
  const gone = dropped.map(({ id, address }) => `${id} at ${address}`)
  return [
    columns([['Directory', 'Server', 'Last index', 'Last term', 'Snapshot'], ...found]),
    `Members from now on\n${columns(servers.map(({ id, address, suffrage }) => [id, address, suffrage]))}`,
    `No longer members: ${gone.length === 0 ? 'none' : `\n${gone.join('\n')}`}`,
    [
      `What would be lost: everything behind entry ${newest.lastIndex} of term ${newest.lastTerm}, should another server hold more.`,
      ...losses,
    ].join('\n'),
  ].join('\n\n')
}
