import { routesOf } from '../../src/openapi/routes.ts'
import { list } from '../../src/wire/schema.ts'
import { KeyringRequest, KeyringResponse } from '../../src/wire/structs/keyring.ts'
import type { KeyringRequest as MembersRequest } from '../gossip/contract.ts'
import type { PlainReply, RequestOf, RouteDeclaration } from '../http-api/contract.ts'
import type { Rpc } from '../rpc/contract.ts'
import { keyringApi } from './api.ts'
import { KeyringFailedError, KeyringParameterError } from './errors.ts'
import { keyringOperation } from './rpc.ts'

/** `/v1/operator/keyring`: the keys that gossip is encrypted with, in every pool at once. Any server can be asked. */
export function keyringRoutes(rpc: Pick<Rpc, 'call'>): RouteDeclaration[] {
  async function ask(asked: Partial<KeyringRequest>, signal: AbortSignal): Promise<readonly KeyringResponse[]> {
    const { Responses } = await rpc.call(keyringOperation, { ...KeyringRequest.zero(), ...asked }, signal)
    const responses = Responses ?? []
    if (responses.some(hasFailed)) throw new KeyringFailedError(reasonsOf(responses))
    return responses
  }

  const change = (operation: Exclude<MembersRequest['operation'], 'list'>) => async (request: KeyRequest) => {
    const { Key } = await request.read()
    const RelayFactor = relayFactorOf(request)
    if (request.parameter('local-only')) {
      throw new KeyringParameterError('Invalid use of local-only: local-only can only be set for list requests')
    }
    await ask({ Operation: operation, Key, RelayFactor }, request.signal)
    return done
  }

  return routesOf(keyringApi, {
    async 'GET /v1/operator/keyring'(request) {
      const RelayFactor = relayFactorOf(request)
      const LocalOnly = request.parameter('local-only') ?? false
      return listed(await ask({ Operation: 'list', RelayFactor, LocalOnly }, request.signal))
    },
    'POST /v1/operator/keyring': change('install'),
    'PUT /v1/operator/keyring': change('use'),
    'DELETE /v1/operator/keyring': change('remove'),
  })
}

type KeyRequest = RequestOf<(typeof keyringApi)['PUT /v1/operator/keyring']>

function relayFactorOf(request: { parameter(name: 'relay-factor'): number | undefined }): number {
  const factor = request.parameter('relay-factor') ?? 0
  if (factor >= 0 && factor <= relayFactorMax) return factor
  throw new KeyringParameterError(`Invalid relay-factor: Relay factor must be in range: [0, ${relayFactorMax}]`)
}

const relayFactorMax = 5

/** What went wrong in each pool, followed by what its members said. */
function reasonsOf(responses: readonly KeyringResponse[]): string[] {
  return responses.filter(hasFailed).flatMap((response) => [
    `${response.WAN ? 'WAN' : `${response.Datacenter} (LAN)`} error: ${response.Error}`,
    ...Object.entries(response.Messages ?? {})
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([member, message]) => `${member}: ${message}`),
  ])
}

function hasFailed(response: KeyringResponse): boolean {
  return response.Error !== ''
}

function listed(responses: readonly KeyringResponse[]): PlainReply {
  return { kind: 'plain', status: 200, type: 'application/json', json: true, body: rows.writeJson(responses) }
}

const rows = list(KeyringResponse)

const done: PlainReply = { kind: 'plain', status: 200, type: undefined, body: '' }
