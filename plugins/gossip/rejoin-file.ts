import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { ConfigError } from '../../src/kernel/errors.ts'
import {
  aliveLine,
  type Clocks,
  clockLines,
  compactLines,
  leaveLine,
  notAliveLine,
  type Remembered,
  readRemembered,
} from './rejoin-log.ts'

/** A file smaller than this is never written anew; serf's own bounds. */
const compactFromBytes = 128 * 1024
const compactPerMemberBytes = 256

export interface RejoinFileOptions {
  /** Remember the members also after a leave (`rejoin_after_leave`). */
  readonly rejoin: boolean
  /** Told when the file cannot be written; the agent goes on, and will know less after a restart. */
  readonly report: (error: unknown) => void
}

/**
 * The members of a pool that this agent knew alive, kept in `serf/local.snapshot` or `serf/remote.snapshot` of the data
 * directory, so that a restarted agent finds its cluster again. Losing the last moments of it does no harm, so
 * nothing is synced.
 */
export class RejoinFile {
  /** What the last run left behind. */
  readonly before: Remembered
  readonly #path: string
  readonly #report: RejoinFileOptions['report']
  readonly #alive: Map<string, string>
  #clocks: Clocks
  #sizeBytes: number
  #pending = ''
  #left = false

  private constructor(path: string, text: string, before: Remembered, report: RejoinFileOptions['report']) {
    this.#path = path
    this.before = before
    this.#report = report
    this.#alive = new Map(before.alive)
    this.#clocks = before
    this.#sizeBytes = Buffer.byteLength(text)
  }

  /**
   * Opens or begins the file. On a full disk the agent starts all the same, and goes on with the file as it is.
   *
   * @throws ConfigError when it cannot be read or written
   */
  static open(path: string, { rejoin, report }: RejoinFileOptions): RejoinFile {
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      const text = readIfThere(path)
      const file = new RejoinFile(path, text, readRemembered(text, { rejoin }), report)
      file.#compactAtStart()
      return file
    } catch (error) {
      throw new ConfigError(`data_dir: ${path} cannot be used: ${(error as Error).message}; correct its permissions`, {
        cause: error,
      })
    }
  }

  alive(name: string, address: string): void {
    if (this.#left || this.#alive.get(name) === address) return
    this.#alive.set(name, address)
    this.#pending += aliveLine(name, address)
  }

  notAlive(name: string): void {
    if (!this.#left && this.#alive.delete(name)) this.#pending += notAliveLine(name)
  }

  /** This agent says goodbye: from now on nothing is remembered but that. */
  leave(): void {
    if (this.#left) return
    this.#left = true
    this.#pending += leaveLine
  }

  /** Writes what is new, and the clocks if they moved. */
  flush(clocks: Clocks = this.#clocks): void {
    if (!this.#left) {
      this.#pending += clockLines(clocks, this.#clocks)
      this.#clocks = clocks
    }
    if (this.#pending === '') return
    const text = this.#pending
    this.#pending = ''
    try {
      appendFileSync(this.#path, text, { mode: 0o600 })
      this.#sizeBytes += Buffer.byteLength(text)
      const limitBytes = Math.max(compactFromBytes, compactPerMemberBytes * this.#alive.size)
      if (this.#sizeBytes > limitBytes && !this.#left) this.#compact()
    } catch (error) {
      this.#report(error)
    }
  }

  #compactAtStart(): void {
    try {
      this.#compact()
    } catch (error) {
      if (!isFull(error)) throw error
      this.#report(error)
    }
  }

  #compact(): void {
    const text = compactLines({ alive: this.#alive, ...this.#clocks })
    const unfinished = `${this.#path}.compact`
    try {
      writeFileSync(unfinished, text, { mode: 0o600 })
      renameSync(unfinished, this.#path)
    } catch (error) {
      rmSync(unfinished, { force: true })
      throw error
    }
    this.#sizeBytes = Buffer.byteLength(text)
  }
}

function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
