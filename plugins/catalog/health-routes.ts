import { routesOf } from '../../src/openapi/routes.ts'
import type { LiveReply, RenderedAnswer, RequestOf, RouteDeclaration } from '../http-api/contract.ts'
import type { Rpc } from '../rpc/contract.ts'
import { healthApi } from './api.ts'
import { CatalogRequestError } from './errors.ts'
import type { HealthReads } from './health-rpc.ts'
import { filteredRead, listOptions, live, required } from './replies.ts'

/** `/v1/health/…`: checks, and instances of services with their health. */
export function healthRoutes(rpc: Rpc, reads: HealthReads): RouteDeclaration[] {
  /** Consul answers waiting readers of these from a stream, unless it must sort the answer. */
  const instances = (connect: boolean) => (request: InstancesRequest) => {
    const service = required(request.params.name, 'service name')
    const passing = passingOf(request)
    const asked = { service, connect, tags: request.parameter('tag'), ...listOptions(request) }
    return live(rpc.read(reads.instances, { ...asked, passing: passing ?? false, ingress: false }), {
      cacheable: true,
      ...(asked.near === undefined && { blockingBackend: 'streaming' as const }),
      render: renderFor(passing),
    })
  }

  return routesOf(healthApi, {
    'GET /v1/health/node/:name'({ params, options }) {
      const asked = { node: required(params.name, 'node name'), filter: options.filter ?? '' }
      return filteredRead(() => live(rpc.read(reads.nodeChecks, asked)))
    },
    'GET /v1/health/checks/:name'(request) {
      const asked = { service: required(request.params.name, 'service name'), ...listOptions(request) }
      return filteredRead(() => live(rpc.read(reads.serviceChecks, asked)))
    },
    'GET /v1/health/state/:name'(request) {
      const asked = { state: required(request.params.name, 'check state'), ...listOptions(request) }
      return filteredRead(() => live(rpc.read(reads.checksInState, asked)))
    },
    'GET /v1/health/service/:name': instances(false),
    'GET /v1/health/connect/:name': instances(true),
    'GET /v1/health/ingress/:name'(request) {
      const service = required(request.params.name, 'service name')
      const passing = passingOf(request)
      const everyOne = { connect: false, tags: [], nodeMeta: {}, filter: '', near: undefined }
      const asked = { ...everyOne, service, passing: passing ?? false, ingress: true }
      return live(rpc.read(reads.instances, asked), { cacheable: true, render: renderFor(passing) })
    },
  })
}

type InstancesRequest = RequestOf<(typeof healthApi)['GET /v1/health/service/:name']>

/** Undefined for a value that is no boolean to Go. */
function passingOf(request: InstancesRequest): boolean | undefined {
  try {
    return request.parameter('passing') ?? false
  } catch (error) {
    if (!(error instanceof CatalogRequestError)) throw error
    return undefined
  }
}

/** Consul looks at the value only once it has the answer, so the refusal carries the answer's headers. */
function renderFor(passing: boolean | undefined): LiveReply['render'] {
  return passing === undefined ? refusePassing : undefined
}

function refusePassing(): RenderedAnswer {
  throw new CatalogRequestError('Invalid value for ?passing')
}
