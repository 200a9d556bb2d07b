import { execFileSync } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type } from 'node:os'

/** What figures have to be read against. */
export interface Machine {
  readonly processors: string
  readonly memoryGb: number
  readonly system: string
  readonly node: string
  /** Where data directories of the run lie. */
  readonly scratch: string
  /** Short name of the commit, with `+` when the tree differs from it. */
  readonly commit: string
  readonly date: string
  /** Load average of the last minute when the run began: above one, others were busy too. */
  readonly loadBefore: number
}

export function describeMachine(scratchDir: string): Machine {
  const all = cpus()
  return {
    processors: `${all.length} × ${all[0]?.model.trim() ?? 'unknown processor'}`,
    memoryGb: Math.round(totalmem() / 1e9),
    system: `${type()} ${release()}`,
    node: process.version,
    scratch: fileSystem(scratchDir),
    commit: commit(),
    date: new Date().toISOString().slice(0, 10),
    loadBefore: Math.round(loadavg()[0]! * 10) / 10,
  }
}

/** Linux's numbers of those one meets. A file system in memory would make durable writes look free. */
const fileSystems = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x01021994, 'tmpfs: NOT durable, writes cost nothing here'],
  [0x794c7630, 'overlayfs'],
])

function fileSystem(path: string): string {
  const { type: number } = statfsSync(path)
  return fileSystems.get(number) ?? `file system 0x${number.toString(16)}`
}

function commit(): string {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).trim()
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', '../src', '../plugins') !== ''
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? '+' : ''}`
  } catch {
    return 'unknown'
  }
}
