import type { LiveReply, PlainReply } from './contract.ts'

const jsonType = 'application/json'

/** A value as compact JSON. For Consul's structs give the text that their own writer made: field order is theirs. */
export function json(value: unknown, status = 200): PlainReply {
  return jsonText(JSON.stringify(value), status)
}

/** JSON that is text already. */
export function jsonText(body: Buffer | string, status = 200): PlainReply {
  return { kind: 'plain', status, type: jsonType, body, json: true }
}

/** Text as Consul sends its messages. */
export function text(body: string, status = 200): PlainReply {
  return { kind: 'plain', status, type: 'text/plain; charset=utf-8', body }
}

/** No body, which is how Consul says done. */
export function empty(status = 200): PlainReply {
  return { kind: 'plain', status, type: undefined, body: '' }
}

/** The current answer of a live query, or its next one for a blocking read. */
export function live(query: LiveReply['query'], how: Omit<LiveReply, 'kind' | 'query'> = {}): LiveReply {
  return { kind: 'live', query, ...how }
}
