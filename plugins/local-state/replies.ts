import type { PlainReply } from '../http-api/contract.ts'

/** JSON text that a struct wrote. */
export function jsonReply(body: string, status = 200, headers?: Readonly<Record<string, string>>): PlainReply {
  return { kind: 'plain', status, type: 'application/json', body, json: true, ...(headers ? { headers } : {}) }
}

/** Done, and nothing to say about it. */
export const done: PlainReply = { kind: 'plain', status: 200, type: undefined, body: '' }
