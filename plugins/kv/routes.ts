import type { Store } from '../../src/store/store.ts'
import { NoPathToDatacenterError } from '../../src/wire/cluster-errors.ts'
import type { KvOp } from '../../src/wire/structs/kv.ts'
import type {
  ApiRequest,
  LiveReply,
  PlainReply,
  RenderedAnswer,
  Reply,
  RouteDeclaration,
} from '../http-api/contract.ts'
import type { Consensus } from '../raft/contract.ts'
import type { KvRow } from './contract.ts'
import { KvRefusedError, KvRequestError } from './errors.ts'
import { indexParameter, refuseConflicts, unsignedParameter } from './parameters.ts'
import { EntryQuestion, type Found, NamesQuestion, TreeQuestion } from './queries.ts'

export interface KvRoutesSetup {
  readonly store: Store
  readonly consensus: Consensus
  /** This agent's own. */
  readonly datacenter: string
  readonly valueBytesMax: number
  /** True, on the leader alone, while a key may not be locked because the session that held it has just ended. */
  readonly lockDelayed: (key: string) => boolean
}

/** `/v1/kv/…`: read, write and delete a key, or everything below a prefix. */
export function kvRoutes(setup: KvRoutesSetup): RouteDeclaration[] {
  const { store, consensus, datacenter, valueBytesMax, lockDelayed } = setup

  function read(request: ApiRequest): Reply {
    const key = request.rawParam('key')
    const { query } = request
    if (query.has('keys')) {
      const separator = Buffer.from(query.get('separator') ?? '').toString('latin1')
      return live(store.queries.ask(new NamesQuestion(key, separator)), foundOr404)
    }
    if (query.has('recurse')) return live(store.queries.ask(new TreeQuestion(key)), foundOr404)
    requireKey(key)
    return live(store.queries.ask(new EntryQuestion(key)), query.has('raw') ? rawOr404 : entryOr404)
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
    requireDatacenter(request.query.get('dc'), datacenter)
    const { op, key, flags = 0, index = 0, session = '' } = write
    if (op === 'lock' && lockDelayed(key)) return jsonFalse
    const DirEnt = {
      LockIndex: 0,
      Key: key,
      Flags: flags,
      Value: value === undefined || value.length === 0 ? null : value,
      Session: session,
      CreateIndex: 0,
      ModifyIndex: index,
    }
    const held = await propose({ Datacenter: datacenter, Op: op, DirEnt, Token: '' })
    return held === false ? jsonFalse : jsonTrue
  }

  /** Without the request's signal: a client that goes away does not take its write back, and waits only for its commit. */
  async function propose(request: Parameters<typeof consensus.propose<'KVS'>>[1]) {
    try {
      return await consensus.propose('KVS', request)
    } catch (error) {
      if (!(error instanceof KvRefusedError)) throw error
      throw new KvRefusedError(`raft apply failed: ${error.message}`, { cause: error })
    }
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

function live(query: LiveReply['query'], render: LiveReply['render']): LiveReply {
  return { kind: 'live', query, render }
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

/** Reads of other datacenters are refused by the HTTP interface; writes go to this one or nowhere. */
function requireDatacenter(asked: string | undefined, own: string): void {
  if (asked !== undefined && asked !== '' && asked.toLowerCase() !== own) throw new NoPathToDatacenterError()
}
