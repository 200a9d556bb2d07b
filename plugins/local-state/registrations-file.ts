import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isErrorCode } from './error-code.ts'
import { RegistrationNotStoredError } from './errors.ts'

/** A kind of file: a folder of the data directory with one file for each id. */
export type RegistrationFolder = 'services' | 'checks' | 'checks/state'

const folders: readonly RegistrationFolder[] = ['services', 'checks', 'checks/state']

/** Nothing that was registered over HTTP comes near this. */
const fileBytesMax = 4 * 1024 * 1024

/**
 * The registrations of this agent on disk: `data/services`, `data/checks` and `data/checks/state`, one JSON file for each,
 * named by the SHA-256 of its id. A file is whole or not there, also after a power cut.
 */
export class RegistrationFiles {
  readonly #dir: string
  /** The last write of each state file: the next one waits for it. */
  readonly #writing = new Map<string, Promise<void>>()

  constructor(dir: string) {
    this.#dir = dir
  }

  async open(): Promise<void> {
    for (const folder of folders) await mkdir(join(this.#dir, folder), { recursive: true })
  }

  /** Every file of a folder. `report` is told of those that cannot be read; they are left as they are. */
  async *read(folder: RegistrationFolder, report: (path: string, error: unknown) => void): AsyncGenerator<StoredFile> {
    const entries = await readdir(join(this.#dir, folder), { withFileTypes: true })
    for (const { name } of entries.filter((entry) => entry.isFile()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(this.#dir, folder, name)
      if (name.endsWith('.tmp')) {
        // What a power cut left of a write that was never acknowledged.
        await rm(path, { force: true })
        continue
      }
      try {
        const text = await readFile(path, 'utf8')
        if (text.length > fileBytesMax) throw new Error(`it is larger than ${fileBytesMax} bytes`)
        yield { path, text }
      } catch (error) {
        report(path, error)
      }
    }
  }

  /**
   * Gives a file that was read the name under which it will be replaced and removed: Consul before 1.10.8 named files by the
   * MD5 of the id. A file that keeps its old name would bring back a registration that was removed since.
   */
  async rename(folder: RegistrationFolder, path: string, id: string): Promise<void> {
    const wanted = this.#path(folder, id)
    if (path !== wanted) await rename(path, wanted)
  }

  /** Resolves when the file is safely on disk. */
  async write(folder: RegistrationFolder, id: string, text: string): Promise<void> {
    const path = this.#path(folder, id)
    try {
      const file = await open(`${path}.tmp`, 'w', 0o600)
      try {
        await file.writeFile(text)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(`${path}.tmp`, path)
      await this.#syncFolder(folder)
    } catch (error) {
      await rm(`${path}.tmp`, { force: true }).catch(() => undefined)
      throw new RegistrationNotStoredError(path, error)
    }
  }

  /**
   * Writes without waiting for the disk: for what a crash of the machine may take back, because it is reported again
   * anyway. Writes for one id take place one after another.
   */
  writeSoon(folder: RegistrationFolder, id: string, text: string): Promise<void> {
    const path = this.#path(folder, id)
    const write = async () => {
      await writeFile(`${path}.tmp`, text, { mode: 0o600 })
      await rename(`${path}.tmp`, path)
    }
    return this.#after(path, write)
  }

  remove(folder: RegistrationFolder, id: string): Promise<void> {
    const path = this.#path(folder, id)
    return this.#after(path, async () => {
      try {
        await rm(path)
        await this.#syncFolder(folder)
      } catch (error) {
        if (!isErrorCode(error, 'ENOENT')) throw new RegistrationNotStoredError(path, error)
      }
    })
  }

  /** Resolves when all writes have ended. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#writing.values())
  }

  #after(path: string, work: () => Promise<void>): Promise<void> {
    const earlier = this.#writing.get(path)
    const mine = earlier === undefined ? work() : earlier.then(work, work)
    this.#writing.set(path, mine)
    const forget = () => {
      if (this.#writing.get(path) === mine) this.#writing.delete(path)
    }
    mine.then(forget, forget)
    return mine
  }

  #path(folder: RegistrationFolder, id: string): string {
    return join(this.#dir, folder, createHash('sha256').update(id).digest('hex'))
  }

  /** Makes the names in a folder as durable as its files. */
  async #syncFolder(folder: RegistrationFolder): Promise<void> {
    const handle = await open(join(this.#dir, folder), 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }
}

export interface StoredFile {
  readonly path: string
  readonly text: string
}
