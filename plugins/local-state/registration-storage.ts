import type { Clock } from '../../src/kernel/clock.ts'
import type { Logger } from '../../src/kernel/log.ts'
import type { HealthCheck, NodeService } from '../../src/wire/structs/catalog.ts'
import type { CheckDraft } from './check-definition.ts'
import { isStatus } from './check-definition.ts'
import { RegistrationFiles, type RegistrationFolder } from './registrations-file.ts'
import { checkText, parseCheck, parseReport, parseService, reportText, serviceText } from './stored.ts'

export interface StoredCheck {
  readonly check: HealthCheck
  readonly draft: CheckDraft | undefined
}

/** What was on disk when the agent started. */
export interface StoredRegistrations {
  readonly services: readonly NodeService[]
  /** With the status of their last report where that still counts, else critical. */
  readonly checks: readonly StoredCheck[]
}

/** Keeps registrations over restarts; without a data directory (`-dev`) it keeps nothing. */
export class RegistrationStorage {
  readonly #files: RegistrationFiles | undefined
  readonly #log: Logger
  readonly #clock: Clock

  constructor(dataDir: string | undefined, log: Logger, clock: Clock) {
    this.#files = dataDir === undefined ? undefined : new RegistrationFiles(dataDir)
    this.#log = log
    this.#clock = clock
  }

  /** Reads everything. A file that makes no sense is reported and left alone: it may be an operator's to rescue. */
  async load(): Promise<StoredRegistrations> {
    if (this.#files === undefined) return { services: [], checks: [] }
    await this.#files.open()
    const services = await this.#parse('services', parseService, ({ ID }) => ID)
    const checks = await this.#parse('checks', parseCheck, ({ check }) => check.CheckID)
    const kept = await this.#parse('checks/state', parseReport, ({ id }) => id)
    const reports = new Map(kept.map((report) => [report.id, report]))
    const nowMs = this.#clock.wallMs()
    return {
      services,
      checks: checks.map(({ check, draft }) => {
        const report = reports.get(check.CheckID)
        if (draft === undefined) return { check, draft }
        const counts = draft.row.TTL > 0 && report !== undefined && report.expiresMs > nowMs
        const { status, output } = counts ? report : { status: 'critical', output: '' }
        return { draft, check: { ...check, Status: status, Output: output } }
      }),
    }
  }

  async addService(service: NodeService, checks: readonly StoredCheck[]): Promise<void> {
    if (this.#files === undefined) return
    const files = this.#files
    await Promise.all([
      files.write('services', service.ID, serviceText(service)),
      ...checks.map((check) => this.addCheck(check)),
    ])
  }

  async addCheck({ check, draft }: StoredCheck): Promise<void> {
    await this.#files?.write('checks', check.CheckID, checkText(check, draft))
  }

  async forgetService(id: string, checkIds: readonly string[]): Promise<void> {
    // Checks first: one without its service could not be registered at the next start.
    await Promise.all(checkIds.map((check) => this.forgetCheck(check)))
    await this.#files?.remove('services', id)
  }

  async forgetCheck(id: string): Promise<void> {
    await this.#files?.remove('checks', id)
    await this.#files?.remove('checks/state', id)
  }

  /** Remembers what a TTL check was last reported to be. That it cannot be is logged: the next report comes soon. */
  async keepReport({ CheckID, Status, Output }: HealthCheck, ttlMs: number): Promise<void> {
    if (this.#files === undefined || !isStatus(Status)) return
    const report = { id: CheckID, status: Status, output: Output, expiresMs: this.#clock.wallMs() + ttlMs }
    try {
      await this.#files.writeSoon('checks/state', CheckID, reportText(report))
    } catch (error) {
      this.#log.error('failed persisting check state', { check: CheckID, error })
    }
  }

  async close(): Promise<void> {
    await this.#files?.close()
  }

  async #parse<T>(folder: RegistrationFolder, parse: (text: string) => T, idOf: (parsed: T) => string): Promise<T[]> {
    const report = (path: string, error: unknown) =>
      this.#log.error('a stored registration cannot be used and is skipped; correct or remove the file', {
        path,
        error,
      })
    const found: T[] = []
    for await (const { path, text } of this.#files!.read(folder, report)) {
      try {
        const parsed = parse(text)
        await this.#files!.rename(folder, path, idOf(parsed))
        found.push(parsed)
      } catch (error) {
        report(path, error)
      }
    }
    return found
  }
}
