import { datacenterOf } from '../../src/rules/datacenter.ts'
import type { KvOp } from '../../src/wire/structs/kv.ts'
import type {
  ApiRequest,
  LiveReply,
  PlainReply,
  RenderedAnswer,
  Reply,
  RouteDeclaration,
} from '../http-api/contract.ts'
import type { Read, Rpc } from '../rpc/contract.ts'
import type { KvRow } from './contract.ts'
import { KvRequestError } from './errors.ts'
import { indexParameter, refuseConflicts, unsignedParameter } from './parameters.ts'
import type { Found } from './queries.ts'
import { kvApply, kvGet, kvList, kvNames } from './rpc.ts'

export interface KvRoutesSetup {
  readonly rpc: Rpc
  /** This agent's own. */
  readonly datacenter: string
  readonly valueBytesMax: number
}

/** `/v1/kv/…`: read, write and delete a key, or everything below a prefix. */
export function kvRoutes({ rpc, datacenter, valueBytesMax }: KvRoutesSetup): RouteDeclaration[] {
  function read(request: ApiRequest): Reply {
    const key = request.rawParam('key')
    const { query } = request
    if (query.has('keys')) {
      const separator = Buffer.from(query.get('separator') ?? '').toString('latin1')
      return live(rpc.read(kvNames, { prefix: key, separator }), foundOr404)
    }
    if (query.has('recurse')) return live(rpc.read(kvList, key), foundOr404)
    requireKey(key)
    return live(rpc.read(kvGet, key), query.has('raw') ? rawOr404 : entryOr404)
  }

  async function put(request: ApiRequest): Promise<Reply> {
    const key = request.rawParam('key')
    const { query } = request
    requireKey(key)
    refuseConflicts(query, ['cas', 'acquire', 'release'])
    const draft = { op: 'set' as KvOp, key, flags: unsignedParameter(query, 'flags') ?? 0, index: 0, session: '' }
    if (query.has('cas')) {
      draft.op = 'cas'
      draft.index = indexParameter(query, 'cas')
    } else if (query.has('acquire')) {
      draft.op = 'lock'
      draft.session = query.get('acquire') ?? ''
    } else if (query.has('release')) {
      draft.op = 'unlock'
      draft.session = query.get('release') ?? ''
    }
    return commit(request, draft, await request.body())
  }

  async function remove(request: ApiRequest): Promise<Reply> {
    const key = request.rawParam('key')
    const { query } = request
    refuseConflicts(query, ['recurse', 'cas'])
    if (query.has('recurse')) return commit(request, { op: 'delete-tree', key })
    requireKey(key)
    if (!query.has('cas')) return commit(request, { op: 'delete', key })
    return commit(request, { op: 'delete-cas', key, index: indexParameter(query, 'cas') })
  }

  async function commit(request: ApiRequest, write: KvWrite, value?: Buffer): Promise<PlainReply> {
    const { op, key, flags = 0, index = 0, session = '' } = write
    const DirEnt = {
      LockIndex: 0,
      Key: key,
      Flags: flags,
      Value: value === undefined || value.length === 0 ? null : value,
      Session: session,
      CreateIndex: 0,
      ModifyIndex: index,
    }
    const Datacenter = datacenterOf(request.query.get('dc'), datacenter)
    // Without the request's signal: a client that goes away does not take its write back, and waits only for its commit.
    const held = await rpc.call(kvApply, { Datacenter, Op: op, DirEnt, Token: '' })
    return held || !conditional.has(op) ? jsonTrue : jsonFalse
  }

  return [
    {
      methods: ['GET', 'PUT', 'DELETE'],
      path: '/v1/kv/*key',
      summary: 'Reads, writes and deletes a key, or with `recurse` or `keys` everything below a prefix.',
      bodyLimitBytes: valueBytesMax,
      bodyLimitSetting: 'kv_max_value_size',
      hot: true,
      answer: (request) => {
        if (request.method === 'GET') return read(request)
        return request.method === 'PUT' ? put(request) : remove(request)
      },
    },
  ]
}

interface KvWrite {
  readonly op: KvOp
  /** A binary string. */
  readonly key: string
  readonly flags?: number | bigint
  /** Expected ModifyIndex. */
  readonly index?: number
  readonly session?: string
}

const jsonTrue: PlainReply = { kind: 'plain', status: 200, type: 'application/json', body: 'true', json: true }
const jsonFalse: PlainReply = { ...jsonTrue, body: 'false' }

/** Operations whose outcome is an answer. */
const conditional: ReadonlySet<KvOp> = new Set(['cas', 'delete-cas', 'lock', 'unlock'])

function live(read: Read<unknown>, render: LiveReply['render']): LiveReply {
  return { kind: 'live', query: read.query, remote: read, render }
}

// One function each for all requests, so that an answer is rendered once however many read it.

const notFound: RenderedAnswer = { status: 404, type: undefined, body: '' }

function found(bytes: () => Buffer): RenderedAnswer {
  return { status: 200, type: 'application/json', body: bytes() }
}

function entryOr404(row: KvRow | undefined, bytes: () => Buffer): RenderedAnswer {
  return row === undefined ? notFound : found(bytes)
}

function foundOr404({ items }: Found<unknown>, bytes: () => Buffer): RenderedAnswer {
  return items.length === 0 ? notFound : found(bytes)
}

/** A value may be anything, a web page too: browsers are told to neither guess what it is nor run it. */
const rawHeaders = { 'Content-Security-Policy': 'sandbox', 'X-Content-Type-Options': 'nosniff' }

function rawOr404(row: KvRow | undefined): RenderedAnswer {
  if (row === undefined) return notFound
  return { status: 200, type: 'text/plain', body: Buffer.from(row.Value, 'latin1'), headers: rawHeaders }
}

function requireKey(key: string): void {
  if (key === '') throw new KvRequestError('Missing key name')
}
