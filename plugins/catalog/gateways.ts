import type { Question } from '../../src/store/live-query.ts'
import { type Kind, list, message } from '../../src/wire/schema.ts'
import { type CheckServiceNode, GatewayService, ServiceInfo } from '../../src/wire/structs/catalog.ts'
import { HttpCheckServiceNode } from '../../src/wire/structs/http.ts'
import { Intention } from '../../src/wire/structs/intention.ts'
import { instancesIndex } from './index-rows.ts'
import { encodeWith, questionKey } from './queries.ts'

/*
 * Gateways stand in for the services that configuration entries bind to them. While no plugin keeps configuration
 * entries there are no such bindings, and here these lists are empty. An agent may have others, from a server of Consul.
 */

/** Which services a gateway stands in for. */
export function gatewayServicesQuestion(gateway: string): Question<readonly GatewayService[]> {
  return unbound(questionKey('gateway-services', gateway), GatewayService)
}

/** Instances of the services that a gateway stands in for. */
export function boundServicesQuestion(gateway: string): Question<readonly ServiceInfo[]> {
  return unbound(questionKey('bound-services', gateway), ServiceInfo)
}

/** Who may connect to the services that a gateway stands in for. */
export function gatewayIntentionsQuestion(gateway: string): Question<readonly Intention[]> {
  return unbound(questionKey('gateway-intentions', gateway), Intention)
}

/** Ingress gateways through which a service can be reached. */
export function ingressQuestion(service: string): Question<readonly CheckServiceNode[]> {
  return unbound(questionKey('ingress', service), HttpCheckServiceNode)
}

function unbound<Row>(key: string, row: Kind<Row>): Question<readonly Row[]> {
  return {
    key,
    read: () => [],
    index: (view) => instancesIndex(view, [], true),
    encode: encodeWith(message(list(row, { nil: '[]' }))),
  }
}
