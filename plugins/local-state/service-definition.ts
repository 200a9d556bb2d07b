import { isIPv4, isIPv6 } from 'node:net'
import { isAnyAddress } from '../../src/rules/address.ts'
import { serviceMetaFlaw } from '../../src/rules/service-meta.ts'
import { serviceFlaws } from '../../src/rules/service-rules.ts'
import { NodeService, ServiceDefinition } from '../../src/wire/structs/catalog.ts'
import { CheckDefinition, CheckType } from '../../src/wire/structs/check.ts'
import {
  type CheckDraft,
  extraMembers,
  isEmptyDraft,
  isStatus,
  type KnowsType,
  validDraftType,
} from './check-definition.ts'
import { RegistrationError } from './errors.ts'
import type { Sourced } from './with-source.ts'

/** A service with its checks as a client or an operator asks for it. */
export interface ServiceRequest {
  readonly service: NodeService
  readonly checks: readonly CheckDraft[]
}

export interface ReadOptions {
  /** What to do with members nobody knows: bodies may have them, configuration may not. */
  readonly unknown?: 'ignore' | 'refuse'
}

/** Reads what came as configuration, or as JSON of a plugin. Throws as `serviceRequest`, and JsonDecodeError. */
export function readServiceRequest(written: unknown, knows: KnowsType, options: ReadOptions = {}): ServiceRequest {
  const definition = ServiceDefinition.fromJson(withoutExtras(written), options)
  return serviceRequest({ definition, source: written }, knows)
}

/**
 * Validates all that can be told without knowing what else is registered. Throws RegistrationError with Consul's
 * sentences.
 */
export function serviceRequest({ definition, source }: Sourced<ServiceDefinition>, knows: KnowsType): ServiceRequest {
  if (definition.Name === '') throw new RegistrationError('Missing service name')
  if (isAnyAddress(definition.Address)) throw new RegistrationError('Invalid service address')
  const weightsFlaw = flawOfWeights(definition.Weights)
  if (weightsFlaw !== undefined) throw new RegistrationError(`Invalid Weights: ${weightsFlaw}`)
  const metaFlaw = serviceMetaFlaw(definition.Kind, definition.Meta)
  if (metaFlaw !== undefined) throw new RegistrationError(`Invalid Service Meta: ${metaFlaw}`)
  const service = nodeService(definition)
  const flaws = serviceFlaws(service)
  if (flaws.length > 0) throw new RegistrationError(listOfErrors(flaws))
  const checks = checkDrafts(definition, source)
  validateDrafts(checks, knows, 'Invalid check: ')
  return { service, checks }
}

export function validateDrafts(checks: readonly CheckDraft[], knows: KnowsType, prefix: string): void {
  for (const draft of checks) validDraftType(draft, knows, prefix)
  if (checks.some(({ row: { Status } }) => Status !== '' && !isStatus(Status))) {
    throw new RegistrationError(`Status for checks must 'passing', 'warning', 'critical'`)
  }
}

/** `Check` and `Checks` together. */
export function checkDrafts({ Check, Checks }: ServiceDefinition, written: unknown): CheckDraft[] {
  const single: CheckDraft = { row: Check, extras: extraMembers(member(written, 'check')) }
  const writtenList = member(written, 'checks')
  const several = (Checks ?? []).map((row, at) => ({
    row,
    extras: extraMembers(Array.isArray(writtenList) ? writtenList[at] : undefined),
  }))
  return isEmptyDraft(single) ? several : [single, ...several]
}

/** A check that is registered by itself. */
export interface CheckRequest {
  readonly definition: CheckDefinition
  readonly draft: CheckDraft
  readonly type: string
}

export function readCheckRequest(written: unknown, knows: KnowsType, options: ReadOptions = {}): CheckRequest {
  const definition = CheckDefinition.fromJson(checkWithoutExtras(written), options)
  return checkRequest({ definition, source: written }, knows)
}

/** Validates as `serviceRequest` does. */
export function checkRequest({ definition, source }: Sourced<CheckDefinition>, knows: KnowsType): CheckRequest {
  if (definition.Name === '') throw new RegistrationError('Missing check name')
  if (definition.Status !== '' && !isStatus(definition.Status)) throw new RegistrationError('Bad check status')
  const { ServiceID: _service, Token: _token, ...row } = definition
  const draft: CheckDraft = { row, extras: extraMembers(source) }
  return { definition, draft, type: validDraftType(draft, knows) }
}

/** Reads a check's definition back from its JSON (registrations-file.ts). */
export function readDraft(written: unknown): CheckDraft {
  return { row: CheckType.fromJson(written), extras: extraMembers(written) }
}

/** The instance that a definition makes. */
export function nodeService(definition: ServiceDefinition): NodeService {
  const zero = NodeService.zero()
  const { Kind, Name, Tags, Address, Meta, Port, SocketPath, EnableTagOverride, Weights, Connect } = definition
  return {
    ...zero,
    Kind,
    ID: definition.ID || Name,
    Service: Name,
    Tags,
    Address,
    TaggedAddresses: taggedAddresses(definition),
    Meta,
    Port,
    SocketPath,
    Weights: Weights ?? { Passing: 1, Warning: 1 },
    EnableTagOverride,
    Proxy: definition.Proxy === null ? zero.Proxy : withUpstreamDefaults(definition.Proxy),
    Connect: Connect ?? zero.Connect,
  }
}

/** A service with an IP address of its own is reached at it under these names too. */
function taggedAddresses({
  TaggedAddresses,
  Address,
  Port,
}: ServiceDefinition): NonNullable<NodeService['TaggedAddresses']> {
  const version = isIPv4(Address) ? 'ipv4' : isIPv6(Address) ? 'ipv6' : undefined
  const own = { Address, Port }
  return {
    ...(version === undefined ? {} : { [`lan_${version}`]: own, [`wan_${version}`]: own }),
    ...TaggedAddresses,
  }
}

/** An upstream is a service unless it says otherwise, and is reached as the proxy says unless it says itself. */
function withUpstreamDefaults(proxy: NodeService['Proxy']): NodeService['Proxy'] {
  if (proxy.Upstreams === null) return proxy
  const Upstreams = proxy.Upstreams.map((upstream) => {
    const DestinationType = upstream.DestinationType || 'service'
    const takesMode = DestinationType === 'service' && upstream.MeshGateway.Mode === ''
    return { ...upstream, DestinationType, MeshGateway: takesMode ? proxy.MeshGateway : upstream.MeshGateway }
  })
  return { ...proxy, Upstreams }
}

const weightMax = 65535

function flawOfWeights(weights: ServiceDefinition['Weights']): string | undefined {
  if (weights === null) return undefined
  if (weights.Passing < 1) return 'Passing must be greater than 0'
  if (weights.Warning < 0) return 'Warning must be greater or equal than 0'
  if (weights.Passing > weightMax || weights.Warning > weightMax) return 'DNS Weight must be between 0 and 65535'
  return undefined
}

function listOfErrors(errors: readonly string[]): string {
  const head = errors.length === 1 ? '1 error occurred:' : `${errors.length} errors occurred:`
  return `${head}\n${errors.map((error) => `\t* ${error}\n`).join('')}\n`
}

/** A member by its name in lower case, however it was written. */
function member(written: unknown, name: string): unknown {
  if (typeof written !== 'object' || written === null) return undefined
  return Object.entries(written).find(([key]) => key.toLowerCase() === name)?.[1]
}

/** The same without the members of checks that only plugins know, so that a strict reader does not stumble over them. */
function withoutExtras(written: unknown): unknown {
  if (typeof written !== 'object' || written === null || Array.isArray(written)) return written
  return Object.fromEntries(
    Object.entries(written).map(([key, value]) => {
      const name = key.toLowerCase()
      if (name === 'check') return [key, checkWithoutExtras(value)]
      return name === 'checks' && Array.isArray(value) ? [key, value.map(checkWithoutExtras)] : [key, value]
    }),
  )
}

function checkWithoutExtras(written: unknown): unknown {
  const extras = extraMembers(written)
  if (Object.keys(extras).length === 0) return written
  return Object.fromEntries(Object.entries(written as object).filter(([key]) => !(key in extras)))
}
