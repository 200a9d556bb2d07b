import type { ApiRequest, LiveReply, QueryParameters, RenderedAnswer, RouteDeclaration } from '../http-api/contract.ts'
import type { Rpc } from '../rpc/contract.ts'
import { CatalogRequestError } from './errors.ts'
import type { HealthReads } from './health-rpc.ts'
import { filteredRead, listOptions, live, readRoute, requiredName } from './replies.ts'

/** `/v1/health/…`: checks, and instances of services with their health. */
export function healthRoutes(rpc: Rpc, reads: HealthReads): RouteDeclaration[] {
  /** Consul answers waiting readers of these from a stream, unless it must sort the answer. */
  const instances = (connect: boolean) => (request: ApiRequest) => {
    const service = requiredName(request, 'service name')
    const passing = passingParameter(request.query)
    const asked = { service, connect, tags: request.query.all('tag'), ...listOptions(request) }
    return live(rpc.read(reads.instances, { ...asked, passing: passing ?? false, ingress: false }), {
      cacheable: true,
      ...(asked.near === undefined && { blockingBackend: 'streaming' as const }),
      render: renderFor(passing),
    })
  }

  return [
    readRoute('/v1/health/node/:name', 'Checks of a node and its services.', (request) => {
      const asked = { node: requiredName(request, 'node name'), filter: request.options.filter ?? '' }
      return filteredRead(() => live(rpc.read(reads.nodeChecks, asked)))
    }),
    readRoute('/v1/health/checks/:name', 'Checks of the instances of a service.', (request) => {
      const asked = { service: requiredName(request, 'service name'), ...listOptions(request) }
      return filteredRead(() => live(rpc.read(reads.serviceChecks, asked)))
    }),
    readRoute('/v1/health/state/:name', 'Checks in a state: passing, warning, critical or any.', (request) => {
      const asked = { state: requiredName(request, 'check state'), ...listOptions(request) }
      return filteredRead(() => live(rpc.read(reads.checksInState, asked)))
    }),
    readRoute('/v1/health/service/:name', 'Instances of a service with their node and checks.', instances(false)),
    readRoute('/v1/health/connect/:name', 'Instances that speak for a service in the mesh.', instances(true)),
    readRoute('/v1/health/ingress/:name', 'Ingress gateways of a service.', (request) => {
      const service = requiredName(request, 'service name')
      const passing = passingParameter(request.query)
      const everyOne = { connect: false, tags: [], nodeMeta: {}, filter: '', near: undefined }
      const asked = { ...everyOne, service, passing: passing ?? false, ingress: true }
      return live(rpc.read(reads.instances, asked), { cacheable: true, render: renderFor(passing) })
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
