import { validateHeaderName, validateHeaderValue } from 'node:http'
import { ConfigError } from '../../src/kernel/errors.ts'
import type { Consensus } from '../raft/contract.ts'

/** What a read's headers say of the leader. */
export interface LeaderContact {
  readonly known: boolean
  readonly lastContactMs: number
}

/** A read that met no leader: the headers of one that failed, or was answered from a stream. */
export const noContact: LeaderContact = { known: false, lastContactMs: 0 }

/** Reads the consensus service for headers; without one everything is here and always current. */
export class Contact {
  readonly #consensus: () => Consensus | undefined
  #latest: LeaderContact = noContact

  constructor(consensus: () => Consensus | undefined) {
    this.#consensus = consensus
  }

  /** The same object as before while nothing changed. */
  now(): LeaderContact {
    const consensus = this.#consensus()
    const known = consensus === undefined || consensus.leader() !== undefined
    const lastContactMs = this.lastContactMs() ?? 0
    if (known !== this.#latest.known || lastContactMs !== this.#latest.lastContactMs) {
      this.#latest = { known, lastContactMs }
    }
    return this.#latest
  }

  lastContactMs(): number | undefined {
    const consensus = this.#consensus()
    if (consensus === undefined || consensus.role === 'leader') return 0
    const lastContactMs = consensus.lastContactMs()
    return lastContactMs === undefined ? undefined : Math.round(lastContactMs)
  }
}

/** `X-Consul-Index` and its company. An index of 0 goes out as 1: readers who wait with 0 would not wait. */
export function readHeaders(
  index: number,
  contact: LeaderContact,
  effectiveConsistency: string | undefined,
  backend: string,
): string[] {
  const headers = [
    'X-Consul-Index',
    String(Math.max(1, index)),
    'X-Consul-KnownLeader',
    String(contact.known),
    'X-Consul-LastContact',
    String(contact.lastContactMs),
    'X-Consul-Query-Backend',
    backend,
  ]
  if (effectiveConsistency !== undefined) headers.push('X-Consul-Effective-Consistency', effectiveConsistency)
  return headers
}

/**
 * Adds a handler's headers to a list, as they can be sent: what a check printed may stand in them. Text goes out as UTF-8,
 * and what would end the header becomes a space, as in Go. Returns the body to send with them: Node writes a text body
 * and the head in one encoding, which is right for a head in ASCII only.
 */
export function addHeaders(
  list: string[],
  headers: Readonly<Record<string, string>> | undefined,
  body: Buffer | string,
): Buffer | string {
  let sent = body
  for (const name in headers) {
    const value = headers[name]!
    if (plainValue.test(value)) {
      list.push(name, value)
    } else {
      const bytes = Buffer.from(value, 'utf8').toString('latin1')
      list.push(name, bytes.replace(/[^\t\x20-\x7e\x80-\xff]/g, ' ').trim())
      if (typeof sent === 'string') sent = Buffer.from(sent)
    }
  }
  return sent
}

const plainValue = /^[ -~]*$/

/** Names the server sets itself; configured values for them would make two headers of one. */
const ownNames =
  /^(?:content-(?:type|length|encoding)|transfer-encoding|connection|keep-alive|date|vary|allow|location)$|^x-consul-/i

/** Headers that every reply begins with, as configured in `http_config.response_headers`. */
export function configuredHeaders(configured: Readonly<Record<string, string>>): string[] {
  const headers: string[] = []
  for (const [name, value] of Object.entries(configured)) {
    try {
      validateHeaderName(name)
      validateHeaderValue(name, value)
    } catch (cause) {
      throw new ConfigError(
        `http_config.response_headers: ${JSON.stringify(name)} cannot be sent as a header: ${(cause as Error).message}`,
        { cause },
      )
    }
    if (!ownNames.test(name)) headers.push(name, value)
  }
  return headers
}

/** What the reply of every endpoint carries beside the configured headers. */
export const endpointHeaders: readonly string[] = ['X-Consul-Default-ACL-Policy', 'allow', 'Vary', 'Accept-Encoding']
