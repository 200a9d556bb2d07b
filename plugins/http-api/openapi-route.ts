import { openApiDocument } from '../../src/openapi/document.ts'
import type { ApiDescription } from '../../src/openapi/operation.ts'
import { routesOf } from '../../src/openapi/routes.ts'
import { consulVersion, version } from '../../src/version.ts'
import { opaque } from '../../src/wire/schema.ts'
import type { RouteDeclaration } from './contract.ts'

const documentApi = {
  'GET /v1/openapi.json': {
    summary: 'This interface as an OpenAPI 3.1 document.',
    answers: { 200: { help: 'The document.', json: opaque() } },
  },
} satisfies ApiDescription

/** `/v1/openapi.json`: a document of all routes, drawn when it is first asked for and kept. */
export function openApiRoutes(routes: () => readonly RouteDeclaration[]): RouteDeclaration[] {
  let body: string | undefined
  return routesOf(documentApi, {
    'GET /v1/openapi.json'() {
      body ??= JSON.stringify(openApiDocument(routes(), apiInfo))
      return { kind: 'plain', status: 200, type: 'application/json', body, json: true }
    },
  })
}

/** What the document says of itself. */
export const apiInfo = {
  title: 'Proconsul',
  version,
  description:
    `The HTTP API of Consul ${consulVersion} as Proconsul serves it. Fields of bodies may be written in any letter case. ` +
    'Answers to reads of replicated state carry X-Consul-Index, X-Consul-KnownLeader and X-Consul-LastContact.',
}
