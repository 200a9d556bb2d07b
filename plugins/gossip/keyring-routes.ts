import { JsonDecodeError } from '../../src/wire/errors.ts'
import { struct, text } from '../../src/wire/schema.ts'
import type { ApiRequest, HttpMethod, PlainReply, RouteDeclaration } from '../http-api/contract.ts'
import type { KeyringAnswer, KeyringRequest } from './contract.ts'
import { KeyringFailedError, KeyringParameterError } from './errors.ts'

const KeyBody = struct('KeyBody', { Key: text() })

const operations: Readonly<Partial<Record<HttpMethod, KeyringRequest['operation']>>> = {
  GET: 'list',
  POST: 'install',
  PUT: 'use',
  DELETE: 'remove',
}

export interface KeyringRoutesContext {
  /** Carries a request out in every pool that is asked. */
  operate(request: KeyringRequest & { readonly localOnly: boolean }): Promise<readonly KeyringAnswer[]>
}

/** `/v1/operator/keyring`: the keys that gossip is encrypted with, in every pool at once. */
export function keyringRoutes({ operate }: KeyringRoutesContext): RouteDeclaration[] {
  return [
    {
      methods: ['GET', 'POST', 'PUT', 'DELETE'],
      path: '/v1/operator/keyring',
      summary: 'Lists (GET), installs (POST), uses (PUT) or removes (DELETE) a key that gossip is encrypted with.',
      answer: async (request) => {
        const operation = operations[request.method]!
        const key = operation === 'list' ? {} : { key: await keyOf(request) }
        const relayFactor = relayFactorOf(request)
        const localOnly = localOnlyOf(request)
        const answers = await operate({ operation, ...key, relayFactor, localOnly })
        if (answers.some(({ error }) => error !== '')) throw new KeyringFailedError(reasonsOf(answers))
        return operation === 'list' ? listed(answers) : done
      },
    },
  ]
}

async function keyOf(request: ApiRequest): Promise<string> {
  const body = await request.json(prefix)
  if (body === undefined) throw new JsonDecodeError('EOF', prefix)
  return KeyBody.fromJson(body, { prefix }).Key
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
function reasonsOf(answers: readonly KeyringAnswer[]): string[] {
  return answers
    .filter(({ error }) => error !== '')
    .flatMap(({ pool, datacenter, error, messages }) => [
      `${pool === 'wan' ? 'WAN' : `${datacenter} (LAN)`} error: ${error}`,
      ...Object.entries(messages)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([member, message]) => `${member}: ${message}`),
    ])
}

function listed(answers: readonly KeyringAnswer[]): PlainReply {
  const rows = answers.map(({ pool, datacenter, messages, keys, primaryKeys, memberCount }) => ({
    WAN: pool === 'wan',
    Datacenter: datacenter,
    Segment: '',
    ...(Object.keys(messages).length > 0 && { Messages: messages }),
    Keys: keys,
    PrimaryKeys: primaryKeys,
    NumNodes: memberCount,
  }))
  return { kind: 'plain', status: 200, type: 'application/json', json: true, body: JSON.stringify(rows) }
}

const done: PlainReply = { kind: 'plain', status: 200, type: undefined, body: '' }
