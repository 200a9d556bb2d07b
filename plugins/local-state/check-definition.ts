import { CheckDefinition as CheckDefinitionStruct, type CheckType } from '../../src/wire/structs/check.ts'
import type { CheckDefinition } from '../health-checks/contract.ts'
import { RegistrationError } from './errors.ts'

/** How a check is to be run, as it was written. */
export interface CheckDraft {
  readonly row: CheckType
  /** Members that Consul's definition does not have: where types of other plugins are written. */
  readonly extras: Readonly<Record<string, unknown>>
}

/** Whether some plugin offers checks of a type. */
export type KnowsType = (type: string) => boolean

const fold = (key: string) => key.toLowerCase().replaceAll('_', '')

const knownMembers = new Set(
  CheckDefinitionStruct.fields.flatMap(({ name, kind }) => [name, ...(kind.options.alias ?? [])]).map(fold),
)

/** The members of a definition that Consul's does not have. */
export function extraMembers(written: unknown): Record<string, unknown> {
  const extras: Record<string, unknown> = Object.create(null)
  if (typeof written !== 'object' || written === null || Array.isArray(written)) return extras
  for (const [key, value] of Object.entries(written)) if (!knownMembers.has(fold(key))) extras[key] = value
  return extras
}

/** True when nothing at all is said, which in a service's `Check` means that there is none. */
export function isEmptyDraft({ row, extras }: CheckDraft): boolean {
  return Object.keys(extras).length === 0 && CheckDefinitionStruct.isZero({ ...row, ServiceID: '', Token: '' })
}

/** Where the type stands in a definition, in the order in which Consul looks. */
function consulType(row: CheckType): string | undefined {
  if (row.GRPC !== '') return 'grpc'
  if (row.H2PING !== '') return 'h2ping'
  if (row.HTTP !== '') return 'http'
  if (row.TCP !== '') return 'tcp'
  if (isAlias(row)) return 'alias'
  if (isScript(row)) return row.DockerContainerID === '' ? 'script' : 'docker'
  return row.TTL > 0 ? 'ttl' : undefined
}

export function isScript({ ScriptArgs }: CheckType): boolean {
  return ScriptArgs !== null && ScriptArgs.length > 0
}

function isAlias({ AliasNode, AliasService }: CheckType): boolean {
  return AliasNode !== '' || AliasService !== ''
}

/**
 * The type of a check. For one of Consul's the definition says it by its members. Another plugin's type is the name of an
 * extra member that the plugin knows, `{ "disk": { "path": "/" }, "Interval": "10s" }`; undefined when there is none.
 */
export function draftType({ row, extras }: CheckDraft, knows: KnowsType): string | undefined {
  const own = consulType(row)
  if (own !== undefined) return own
  return Object.keys(extras)
    .map((key) => key.toLowerCase())
    .find(knows)
}

/** What is wrong with a definition by itself, in Consul's words; undefined when nothing is. */
function draftFlaw(draft: CheckDraft, type: string | undefined): string | undefined {
  const { row, extras } = draft
  const own = consulType(row)
  const foreign = type !== undefined && own === undefined
  const repeats = isScript(row) || [row.HTTP, row.TCP, row.GRPC, row.H2PING].some((target) => target !== '')
  if (row.Interval > 0 && row.TTL > 0) return 'Interval and TTL cannot both be specified'
  if ((repeats || foreign) && row.Interval <= 0) return 'Interval must be > 0 for Script, HTTP, H2PING, or TCP checks'
  if (repeats && isAlias(row)) return 'Interval cannot be set for Alias checks'
  if (isAlias(row) && row.TTL > 0) return 'TTL must be not be set for Alias checks'
  if (!repeats && !isAlias(row) && !foreign && row.TTL <= 0) {
    const words = Object.keys(extras)
    if (row.Interval > 0 && words.length > 0) {
      return `no plugin knows a check type named ${words.map((word) => JSON.stringify(word)).join(' or ')}`
    }
    return 'TTL must be > 0 for TTL checks'
  }
  if (row.OutputMaxSize < 0) return 'MaxOutputMaxSize must be positive'
  return undefined
}

/** Throws a RegistrationError that says what is wrong; returns the type. */
export function validDraftType(draft: CheckDraft, knows: KnowsType, prefix = 'Invalid check: '): string {
  const type = draftType(draft, knows)
  const flaw = draftFlaw(draft, type)
  if (flaw !== undefined) throw new RegistrationError(prefix + flaw)
  // A definition without a flaw has a type.
  return type!
}

export function isStatus(status: string): status is 'passing' | 'warning' | 'critical' {
  return status === 'passing' || status === 'warning' || status === 'critical'
}

export interface CheckIdentity {
  readonly id: string
  readonly name: string
  readonly serviceId: string
  readonly serviceName: string
}

const nanosPerMs = 1e6

/** The definition as the plugin that runs checks wants it. `outputMaxBytes` is what this agent allows. */
export function runnableDefinition(
  { row, extras }: CheckDraft,
  type: string,
  { id, name, serviceId, serviceName }: CheckIdentity,
  outputMaxBytes: number,
): CheckDefinition {
  const args: Record<string, unknown> = { ...row, ...extras }
  for (const [key, value] of Object.entries(extras)) if (key.toLowerCase() === type) args[type] = value
  return {
    id,
    name,
    type,
    notes: row.Notes,
    serviceId,
    serviceName,
    intervalMs: row.Interval / nanosPerMs,
    timeoutMs: Math.max(0, row.Timeout / nanosPerMs),
    ttlMs: row.TTL / nanosPerMs,
    successBeforePassing: row.SuccessBeforePassing,
    failuresBeforeCritical: row.FailuresBeforeCritical,
    deregisterCriticalServiceAfterMs: row.DeregisterCriticalServiceAfter / nanosPerMs,
    outputMaxBytes: row.OutputMaxSize > 0 ? Math.min(row.OutputMaxSize, outputMaxBytes) : outputMaxBytes,
    status: isStatus(row.Status) ? row.Status : undefined,
    args,
  }
}
