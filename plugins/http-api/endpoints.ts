import { assert } from '../../src/kernel/assert.ts'
import type { RouteDeclaration, RouteTable } from './contract.ts'
import { Endpoint } from './endpoint.ts'

/** Gathers the routes that features declare, path by path. */
export class Endpoints implements RouteTable {
  readonly #byShape = new Map<string, Endpoint>()
  readonly #routes: RouteDeclaration[] = []

  /** Throws when a path and method are taken already. */
  add(...routes: RouteDeclaration[]): void {
    for (const route of routes) {
      const shape = route.path.replace(/\/[:*]\w+/g, '/:')
      const endpoint = this.#byShape.get(shape) ?? new Endpoint(route.path)
      assert(
        endpoint.path.replaceAll('*', ':') === route.path.replaceAll('*', ':'),
        `the routes ${endpoint.path} and ${route.path} differ only in the names of their parameters`,
      )
      this.#byShape.set(shape, endpoint)
      endpoint.add(route)
      this.#routes.push(route)
    }
  }

  /** Every route in the order it was declared. */
  get routes(): readonly RouteDeclaration[] {
    return this.#routes
  }

  /** Of several that fit a path, the one to ask comes first. */
  list(): Endpoint[] {
    return [...this.#byShape.values()].sort(Endpoint.bySpecificity)
  }
}
