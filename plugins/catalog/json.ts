import { list, map, message, text } from '../../src/wire/schema.ts'
import { HealthCheck, Node, NodeService, ServiceNode } from '../../src/wire/structs/catalog.ts'
import { HttpCheckServiceNode, HttpHealthCheck, HttpNodeService } from '../../src/wire/structs/http.ts'

// Agents compare what they registered with what is stored, where nil and empty differ. People and their programs are
// shown empty lists where Consul's HTTP interface shows them.

const emptyList = { nil: '[]' } as const

export const nodeList = message(list(Node, emptyList))
export const serviceTags = message(map(list(text(), emptyList)))
export const serviceNodeList = message(list(ServiceNode, emptyList))
export const checkList = message(list(HttpHealthCheck, emptyList))
export const instanceList = message(list(HttpCheckServiceNode, emptyList))

const serviceMap = message(map(HttpNodeService))
const serviceList = message(list(HttpNodeService))

export const node = Node.toJson

/** `/v1/catalog/node/:name`: null for an unknown node. */
export function nodeContent(node: Node | undefined, services: readonly NodeService[]): string {
  if (node === undefined) return 'null'
  const byId = Object.create(null) as Record<string, NodeService>
  for (const service of services) byId[service.ID] = service
  return `{"Node":${Node.toJson(node)},"Services":${serviceMap.toJson(byId)}}`
}

/** `/v1/catalog/node-services/:name`. No services are null, unless a filter left none. */
export function nodeContentList(node: Node | undefined, services: readonly NodeService[], filtered: boolean): string {
  if (node === undefined) return '{"Node":null,"Services":null}'
  const shown = services.length === 0 && !filtered ? null : services
  return `{"Node":${Node.toJson(node)},"Services":${serviceList.toJson(shown)}}`
}

/** Everything that anti-entropy compares, nil and empty told apart. */
export function nodeState(
  node: Node | undefined,
  services: readonly NodeService[],
  checks: readonly HealthCheck[],
): string {
  const parts = [
    node === undefined ? 'null' : Node.toJson(node),
    plainServices.toJson(services),
    plainChecks.toJson(checks),
  ]
  return `[${parts.join()}]`
}

const plainServices = message(list(NodeService))
const plainChecks = message(list(HealthCheck))
