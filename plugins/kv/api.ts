import type { ApiDescription, QueryParameter } from '../../src/openapi/operation.ts'
import { bool, list, text } from '../../src/wire/schema.ts'
import { DirEntry } from '../../src/wire/structs/kv.ts'
import { KvNumberError } from './errors.ts'

/** A key with its value as JSON has them: bytes of the key that are no UTF-8 come as U+FFFD. */
const KvEntry = DirEntry.view({ Key: { kind: text() } })

const path = { key: 'The key, or a prefix; slashes are part of it.' }
const notFound = { help: 'There is no such key, or nothing below the prefix.' }

/** Consul looks at nothing but whether they are there before it reads them as numbers. */
const number = { empty: 'refused', refused: (reason: string) => new KvNumberError(reason) } as const
const cas = { ...number, type: 'index', help: 'Only when the key still has this ModifyIndex.' } satisfies QueryParameter

/** What `/v1/kv` takes and gives. */
export const kvApi = {
  'GET /v1/kv/*key': {
    summary: 'A key with its value, or everything below a prefix.',
    path,
    query: {
      recurse: { type: 'flag', help: 'Everything below the prefix.' },
      keys: { type: 'flag', help: 'Only names below the prefix.' },
      separator: { type: 'text', help: 'With `keys`: names end behind its first occurrence after the prefix.' },
      raw: { type: 'flag', help: 'The value as it is, and nothing else.' },
    },
    shared: 'blocking',
    hot: true,
    answers: {
      200: {
        help: 'A list: one key, or all below the prefix, or their names.',
        json: [list(KvEntry), list(text())] as const,
        type: 'text/plain',
      },
      404: notFound,
    },
  },
  'PUT /v1/kv/*key': {
    summary: 'Writes a key. True when it was written, false when the condition did not hold.',
    path,
    query: {
      flags: { ...number, type: 'uint64', help: 'A number of up to 64 bits to store with the value.' },
      cas: { ...cas, help: 'Only when the key still has this ModifyIndex; 0 only creates.' },
      acquire: { type: 'text', help: 'Take the lock of the key for this session.' },
      release: { type: 'text', help: 'Give back the lock that this session holds.' },
    },
    shared: 'datacenter',
    hot: true,
    body: { help: 'The value: any bytes, up to `limits.kv_max_value_size`.' },
    answers: { 200: { help: 'Whether it was written.', json: bool() } },
  },
  'DELETE /v1/kv/*key': {
    summary: 'Deletes a key, or everything below a prefix.',
    path,
    query: {
      recurse: { type: 'flag', help: 'Everything below the prefix.' },
      cas,
    },
    shared: 'datacenter',
    hot: true,
    answers: { 200: { help: 'Whether the condition held; a key that is not there counts as deleted.', json: bool() } },
  },
} satisfies ApiDescription
