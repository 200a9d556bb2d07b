import { message, parseJson } from '../../src/wire/schema.ts'
import { HealthCheck, NodeService } from '../../src/wire/structs/catalog.ts'
import { CheckType } from '../../src/wire/structs/check.ts'
import { type CheckDraft, isStatus } from './check-definition.ts'
import { readDraft } from './service-definition.ts'

/** What the files of the data directory hold. Member names are Consul's, so that either agent can read the other's. */

export function serviceText(service: NodeService): string {
  const { LocallyRegisteredAsSidecar } = service
  return `{"Token":"","Service":${NodeService.toJson(service)},"Source":"remote","LocallyRegisteredAsSidecar":${LocallyRegisteredAsSidecar}}`
}

/** Throws when the text is none that `serviceText` makes. */
export function parseService(text: string): NodeService {
  const { Service, LocallyRegisteredAsSidecar } = objectOf(text)
  const service = NodeService.fromJson(Service, { prefix: '' })
  if (service.ID === '' || service.Service === '') throw new Error('it names no service')
  return {
    ...service,
    // Left out where there are none, but registered as none: unlike the catalog's row it would be sent again at each start.
    TaggedAddresses: service.TaggedAddresses ?? {},
    LocallyRegisteredAsSidecar: LocallyRegisteredAsSidecar === true,
  }
}

export function checkText(check: HealthCheck, draft: CheckDraft | undefined): string {
  return `{"Check":${HealthCheck.toJson(check)},"ChkType":${draft === undefined ? 'null' : draftText(draft)},"Token":"","Source":"remote"}`
}

function draftText({ row, extras }: CheckDraft): string {
  const own = message(CheckType).toJson(row)
  // Only plugins read these, and numbers beyond 2^53 mean nothing to a check.
  const added = JSON.stringify(extras, (_key, value) => (typeof value === 'bigint' ? Number(value) : value))
  return added === '{}' ? own : `${own.slice(0, -1)},${added.slice(1)}`
}

/** Throws when the text is none that `checkText` makes. */
export function parseCheck(text: string): { readonly check: HealthCheck; readonly draft: CheckDraft | undefined } {
  const { Check, ChkType } = objectOf(text)
  const check = HealthCheck.fromJson(Check, { prefix: '' })
  if (check.CheckID === '') throw new Error('it names no check')
  return { check, draft: ChkType === null || ChkType === undefined ? undefined : readDraft(ChkType) }
}

/** The last report of a TTL check, which counts after a restart until it expires. */
export interface StoredReport {
  readonly id: string
  readonly status: 'passing' | 'warning' | 'critical'
  readonly output: string
  /** Wall clock. */
  readonly expiresMs: number
}

export function reportText({ id, status, output, expiresMs }: StoredReport): string {
  return JSON.stringify({ CheckID: id, Output: output, Status: status, Expires: Math.ceil(expiresMs / 1000) })
}

/** Throws when the text is none that `reportText` makes. */
export function parseReport(text: string): StoredReport {
  const { CheckID, Output, Status, Expires } = objectOf(text)
  if (typeof CheckID !== 'string' || typeof Output !== 'string') throw new Error('it holds no report')
  if (typeof Status !== 'string' || !isStatus(Status)) throw new Error('it holds no status')
  if (typeof Expires !== 'number') throw new Error('it does not say when it expires')
  return { id: CheckID, status: Status, output: Output, expiresMs: Expires * 1000 }
}

function objectOf(text: string): Record<string, unknown> {
  const value = parseJson(text, { prefix: '' })
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it holds no JSON object')
  return value as Record<string, unknown>
}
