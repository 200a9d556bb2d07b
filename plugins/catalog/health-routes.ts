import { checkServiceNodeFields, healthCheckFields } from '../../src/filter/fields.ts'
import type { Store } from '../../src/store/store.ts'
import type { HealthCheck } from '../../src/wire/structs/catalog.ts'
import type { ApiRequest, LiveReply, QueryParameters, RenderedAnswer, RouteDeclaration } from '../http-api/contract.ts'
import { CatalogRequestError } from './errors.ts'
import { rowFilter } from './filters.ts'
import { ingressQuestion } from './gateways.ts'
import { healthQuestion } from './instances.ts'
import type { Nearness } from './near.ts'
import { type ChecksOf, checksQuestion } from './queries.ts'
import { filteredRead, live, readRoute, requiredName } from './replies.ts'

/** `/v1/health/…`: checks, and instances of services with their health. */
export function healthRoutes(store: Store, nearness: Nearness): RouteDeclaration[] {
  const ask = store.queries.ask.bind(store.queries)

  const checksOf = (request: ApiRequest, of: ChecksOf, nodeMeta: Readonly<Record<string, string>> = {}) =>
    filteredRead(() => {
      const { filter, near } = request.options
      const question = checksQuestion(of, nodeMeta, rowFilter<HealthCheck>(filter, healthCheckFields))
      // All checks of a node are equally near.
      return live(ask('node' in of ? question : nearness.sorted(question, near, ({ Node }) => Node)))
    })

  /** Consul answers waiting readers of these from a stream, unless it must sort the answer. */
  const instances = (connect: boolean) => (request: ApiRequest) => {
    const name = requiredName(request, 'service name')
    const { filter, nodeMeta, near } = request.options
    const passing = passingParameter(request.query)
    const wanted = { connect, tags: request.query.all('tag'), nodeMeta, passing: passing ?? false }
    const question = healthQuestion(name, wanted, rowFilter(filter, checkServiceNodeFields))
    return live(ask(nearness.sorted(question, near, ({ Node }) => Node!.Node)), {
      cacheable: true,
      ...(near === undefined && { blockingBackend: 'streaming' as const }),
      render: renderFor(passing),
    })
  }

  return [
    readRoute('/v1/health/node/:name', 'Checks of a node and its services.', (request) =>
      checksOf(request, { node: requiredName(request, 'node name') }),
    ),
    readRoute('/v1/health/checks/:name', 'Checks of the instances of a service.', (request) =>
      checksOf(request, { service: requiredName(request, 'service name') }, request.options.nodeMeta),
    ),
    readRoute('/v1/health/state/:name', 'Checks in a state: passing, warning, critical or any.', (request) =>
      checksOf(request, { state: requiredName(request, 'check state') }, request.options.nodeMeta),
    ),
    readRoute('/v1/health/service/:name', 'Instances of a service with their node and checks.', instances(false)),
    readRoute('/v1/health/connect/:name', 'Instances that speak for a service in the mesh.', instances(true)),
    readRoute('/v1/health/ingress/:name', 'Ingress gateways of a service.', (request) => {
      const question = ingressQuestion(requiredName(request, 'service name'))
      return live(ask(question), { cacheable: true, render: renderFor(passingParameter(request.query)) })
    }),
  ]
}

/** `passing` alone means true. Undefined for a value that is no boolean to Go. */
function passingParameter(query: QueryParameters): boolean | undefined {
  const value = query.get('passing')
  if (value === undefined) return false
  if (['', '1', 't', 'T', 'TRUE', 'true', 'True'].includes(value)) return true
  return ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(value) ? false : undefined
}

/** Consul looks at the value only once it has the answer, so the refusal carries the answer's headers. */
function renderFor(passing: boolean | undefined): LiveReply['render'] {
  return passing === undefined ? refusePassing : undefined
}

function refusePassing(): RenderedAnswer {
  throw new CatalogRequestError('Invalid value for ?passing')
}
