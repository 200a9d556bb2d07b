import { FilterError } from '../../src/filter/errors.ts'
import type { LiveReply, PlainReply, ReadOptions, Reply } from '../http-api/contract.ts'
import type { Read } from '../rpc/contract.ts'
import type { ListAsked } from './asked.ts'
import { CatalogRequestError } from './errors.ts'

export const jsonTrue: PlainReply = { kind: 'plain', status: 200, type: 'application/json', body: 'true', json: true }

type Manner = Omit<LiveReply, 'kind' | 'query' | 'remote' | 'effectiveConsistency'>

export function live(read: Read<unknown>, manner: Manner = {}): LiveReply {
  return { kind: 'live', query: read.query, remote: read, effectiveConsistency: true, ...manner }
}

interface ListRequest {
  readonly options: Pick<ReadOptions, 'nodeMeta' | 'filter' | 'near'>
}

/** What a request says of how a list is narrowed and sorted. */
export function listOptions({ options: { nodeMeta, filter = '', near } }: ListRequest): ListAsked {
  return { nodeMeta, filter, near }
}

/** A read whose filter may be bad: Consul's catalog answers that with the headers of a read, its service health without. */
export function filteredRead(read: () => LiveReply): Reply {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof FilterError)) throw error
    return { kind: 'failedRead', error }
  }
}

/** A name at the end of the path; what it is the name of goes into the refusal of an empty one. */
export function required(name: string, what: string): string {
  if (name === '') throw new CatalogRequestError(`Missing ${what}`)
  return name
}
