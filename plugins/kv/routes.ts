import { type HandlersOf, routesOf } from '../../src/openapi/routes.ts'
import type { KvOp } from '../../src/wire/structs/kv.ts'
import type { ApiRequest, LiveReply, PlainReply, RenderedAnswer, RouteDeclaration } from '../http-api/contract.ts'
import type { Read, Rpc } from '../rpc/contract.ts'
import { kvApi } from './api.ts'
import type { KvRow } from './contract.ts'
import { KvRequestError } from './errors.ts'
import { conflictOf } from './parameters.ts'
import type { Found } from './queries.ts'
import { kvApply, kvGet, kvList, kvNames } from './rpc.ts'

export interface KvRoutesSetup {
  readonly rpc: Rpc
  readonly valueBytesMax: number
}

/** `/v1/kv/…`: read, write and delete a key, or everything below a prefix. */
export function kvRoutes({ rpc, valueBytesMax }: KvRoutesSetup): RouteDeclaration[] {
  /** Whether the condition held of a write that has one. */
  function commit(request: AnyKvRequest, write: KvWrite, value?: Buffer): Promise<boolean> {
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
    return rpc.call(kvApply, { Datacenter: request.datacenter, Op: op, DirEnt, Token: '' }, request)
  }

  const settings = { bodyLimitBytes: valueBytesMax, bodyLimitSetting: 'kv_max_value_size' }
  const handlers: HandlersOf<typeof kvApi> = {
    'GET /v1/kv/*key'(request) {
      const key = request.rawParam('key')
      if (request.parameter('keys')) {
        const separator = Buffer.from(request.parameter('separator') ?? '').toString('latin1')
        return live(rpc.read(kvNames, { prefix: key, separator }), foundOr404)
      }
      if (request.parameter('recurse')) return live(rpc.read(kvList, key), foundOr404)
      requireKey(key)
      return live(rpc.read(kvGet, key), request.parameter('raw') ? rawOr404 : entryOr404)
    },

    async 'PUT /v1/kv/*key'(request) {
      const key = request.rawParam('key')
      const { query } = request
      requireKey(key)
      const isCas = query.has('cas')
      const acquires = query.has('acquire')
      const releases = query.has('release')
      if (Number(isCas) + Number(acquires) + Number(releases) > 1) throw conflictOf(query)
      const draft = { op: 'set' as KvOp, key, flags: request.parameter('flags') ?? 0, index: 0, session: '' }
      if (isCas) {
        draft.op = 'cas'
        draft.index = request.parameter('cas') ?? 0
      } else if (acquires) {
        draft.op = 'lock'
        draft.session = request.parameter('acquire') ?? ''
      } else if (releases) {
        draft.op = 'unlock'
        draft.session = request.parameter('release') ?? ''
      }
      const held = await commit(request, draft, await request.body())
      return held || draft.op === 'set' ? jsonTrue : jsonFalse
    },

    async 'DELETE /v1/kv/*key'(request) {
      const key = request.rawParam('key')
      const { query } = request
      const recurses = request.parameter('recurse')
      if (recurses && query.has('cas')) throw conflictOf(query)
      if (!recurses) requireKey(key)
      if (!recurses && query.has('cas')) {
        const held = await commit(request, { op: 'delete-cas', key, index: request.parameter('cas') ?? 0 })
        return held ? jsonTrue : jsonFalse
      }
      await commit(request, { op: recurses ? 'delete-tree' : 'delete', key })
      return jsonTrue
    },
  }
  return routesOf(kvApi, handlers, settings)
}

type AnyKvRequest = Pick<ApiRequest, 'datacenter' | 'signal'>

interface KvWrite {
  readonly op: KvOp
  /** A binary string. */
  readonly key: string
  readonly flags?: number | bigint
  /** Expected ModifyIndex. */
  readonly index?: number
  readonly session?: string
}

const jsonTrue: PlainReply = {
  kind: 'plain',
  status: 200,
  type: 'application/json',
  body: 'true',
  json: true,
  constant: true,
}
const jsonFalse: PlainReply = { ...jsonTrue, body: 'false' }

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
