import { isAnyAddress } from '../../src/rules/address.ts'
import { serviceFlaws } from '../../src/rules/service-rules.ts'
import type {
  DeregisterRequest,
  HealthCheck,
  HealthCheckDefinition,
  NodeService,
  RegisterRequest,
} from '../../src/wire/structs/catalog.ts'
import { CatalogRefusedError } from './errors.ts'

/**
 * What the leader makes of a registration before it goes into the log: everything that is left out is filled in, and
 * what cannot be right is refused (protocol/servers.md §6.2). The log carries the result, so servers need not agree on
 * these rules.
 */
export function prepareRegister(request: RegisterRequest): RegisterRequest {
  requireNode(request.Node, request.ID)
  if (request.Address === '' && !request.SkipNodeUpdate) {
    throw new CatalogRefusedError('Must provide address if SkipNodeUpdate is not set')
  }
  const Checks = [...(request.Checks ?? []), ...(request.Check === null ? [] : [request.Check])]
  return {
    ...request,
    Service: request.Service && prepareService(request.Service),
    Check: null,
    Checks: Checks.length === 0 ? request.Checks : Checks.map((check) => prepareCheck(check, request.Node)),
  }
}

export function prepareDeregister(request: DeregisterRequest): DeregisterRequest {
  requireNode(request.Node)
  return request
}

/** An instance with its id filled in; throws what is wrong with it. */
export function prepareService(service: NodeService): NodeService {
  const flaws = serviceFlaws(service)
  if (flaws.length > 0) throw new CatalogRefusedError(severalErrors(flaws))
  if (service.ID !== '' && service.Service === '') throw new CatalogRefusedError('Must provide service name with ID')
  if (isAnyAddress(service.Address)) throw new CatalogRefusedError('Invalid service address')
  return service.ID === '' ? { ...service, ID: service.Service } : service
}

/** A check with its id and type filled in, and its node unless it names one. */
export function prepareCheck(check: HealthCheck, node: string): HealthCheck {
  return {
    ...check,
    Node: check.Node || node,
    CheckID: check.CheckID || check.Name,
    Type: check.Type || checkType(check.Definition),
  }
}

/** The kind of probe that a definition describes; empty when it describes none. */
function checkType(definition: HealthCheckDefinition): string {
  const { Interval, TTL, HTTP, TCP, GRPC, H2PING, DockerContainerID, AliasNode, AliasService } = definition
  const repeats = Interval > 0
  const runsScript = (definition.ScriptArgs ?? []).length > 0
  if (GRPC !== '' && repeats) return 'grpc'
  if (HTTP !== '' && repeats) return 'http'
  if (TTL > 0) return 'ttl'
  if (TCP !== '' && repeats) return 'tcp'
  if (AliasNode !== '' || AliasService !== '') return 'alias'
  if (DockerContainerID !== '' && runsScript && repeats) return 'docker'
  if (runsScript && repeats) return 'script'
  return H2PING !== '' && repeats ? 'h2ping' : ''
}

/** Throws unless a node has a name, and an id that is a UUID when it has one. */
export function requireNode(name: string, id = ''): void {
  if (name === '') throw new CatalogRefusedError('Must provide node')
  const flaw = id === '' ? undefined : uuidFlaw(id)
  if (flaw !== undefined) throw new CatalogRefusedError(`Bad node ID: ${flaw}`)
}

/** What keeps a text from being a UUID, in Consul's words; undefined for a good one. */
function uuidFlaw(text: string): string | undefined {
  const bytes = Buffer.from(text).toString('latin1')
  if (bytes.length !== 36) return 'uuid string is wrong length'
  if (!/^.{8}-.{4}-.{4}-.{4}-.{12}$/s.test(bytes)) return 'uuid is improperly formatted'
  const bad = /[^0-9a-fA-F]/.exec(bytes.replace(/^(.{8})-(.{4})-(.{4})-(.{4})-/s, '$1$2$3$4'))
  if (bad === null) return undefined
  const code = bad[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
  return `encoding/hex: invalid byte: U+${code} '${bad[0]}'`
}

/** Several complaints in one, laid out as Consul does. */
function severalErrors(flaws: readonly string[]): string {
  const count = flaws.length === 1 ? '1 error occurred:' : `${flaws.length} errors occurred:`
  return `${count}\n${flaws.map((flaw) => `\t* ${flaw}\n`).join('')}\n`
}
