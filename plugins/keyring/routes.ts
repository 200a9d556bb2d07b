import { JsonDecodeError } from '../../src/wire/errors.ts'
import { list } from '../../src/wire/schema.ts'
import { KeyringBody, KeyringRequest, KeyringResponse } from '../../src/wire/structs/keyring.ts'
import type { KeyringRequest as MembersRequest } from '../gossip/contract.ts'
import type { ApiRequest, HttpMethod, PlainReply, RouteDeclaration } from '../http-api/contract.ts'
import type { Rpc } from '../rpc/contract.ts'
import { KeyringFailedError, KeyringParameterError } from './errors.ts'
import { keyringOperation } from './rpc.ts'

const operations: Readonly<Partial<Record<HttpMethod, MembersRequest['operation']>>> = {
  GET: 'list',
  POST: 'install',
  PUT: 'use',
  DELETE: 'remove',
}

/** `/v1/operator/keyring`: the keys that gossip is encrypted with, in every pool at once. Any server can be asked. */
export function keyringRoutes(rpc: Pick<Rpc, 'call'>): RouteDeclaration[] {
  return [
    {
      methods: ['GET', 'POST', 'PUT', 'DELETE'],
      path: '/v1/operator/keyring',
      summary: 'Lists (GET), installs (POST), uses (PUT) or removes (DELETE) a key that gossip is encrypted with.',
      answer: async (request) => {
        const operation = operations[request.method]!
        const asked = {
          ...KeyringRequest.zero(),
          Operation: operation,
          Key: operation === 'list' ? '' : await keyOf(request),
          RelayFactor: relayFactorOf(request),
          LocalOnly: localOnlyOf(request),
        }
        const { Responses } = await rpc.call(keyringOperation, asked, request.signal)
        const responses = Responses ?? []
        if (responses.some(hasFailed)) throw new KeyringFailedError(reasonsOf(responses))
        return operation === 'list' ? listed(responses) : done
      },
    },
  ]
}

async function keyOf(request: ApiRequest): Promise<string> {
  const body = await request.json(prefix)
  if (body === undefined) throw new JsonDecodeError('EOF', prefix)
  return KeyringBody.fromJson(body, { prefix }).Key
}

const prefix = 'Bad request: Request decode failed: '

function relayFactorOf({ query }: ApiRequest): number {
  const written = query.get('relay-factor') ?? ''
  if (written === '') return 0
  if (!/^[+-]?\d+$/.test(written)) {
    const reason = `strconv.Atoi: parsing ${JSON.stringify(written)}: invalid syntax`
    throw new KeyringParameterError(`Error parsing relay factor: ${reason}`)
  }
  const factor = Number(written)
  if (factor < 0 || factor > relayFactorMax) {
    throw new KeyringParameterError(`Invalid relay-factor: Relay factor must be in range: [0, ${relayFactorMax}]`)
  }
  return factor
}

const relayFactorMax = 5

function localOnlyOf({ query, method }: ApiRequest): boolean {
  const written = query.get('local-only') ?? ''
  if (written === '') return false
  if (!/^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(written)) {
    const reason = `strconv.ParseBool: parsing ${JSON.stringify(written)}: invalid syntax`
    throw new KeyringParameterError(`Error parsing local-only: ${reason}`)
  }
  const localOnly = /^(1|t)/i.test(written)
  if (localOnly && method !== 'GET') {
    throw new KeyringParameterError('Invalid use of local-only: local-only can only be set for list requests')
  }
  return localOnly
}

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
