import type { Question } from '../../src/store/live-query.ts'
import { instancesIndex } from './index-rows.ts'
import { questionKey } from './queries.ts'

/**
 * Gateways stand in for the services that configuration entries bind to them. While no plugin keeps configuration
 * entries there are no such bindings, and these are their lists.
 */
export function gatewayServicesQuestion(gateway: string): Question<readonly []> {
  return unbound(questionKey('gateway-services', gateway))
}

/** Ingress gateways through which a service can be reached. */
export function ingressQuestion(service: string): Question<readonly []> {
  return unbound(questionKey('ingress', service))
}

function unbound(key: string): Question<readonly []> {
  return {
    key,
    read: () => [],
    index: (view) => instancesIndex(view, [], true),
    encode: () => Buffer.from('[]'),
  }
}
