import type { Resource } from 'dns2'
import type { Question } from './question.ts'
import type { DnsRecord } from './records.ts'

/** A response, before it is octets. */
export interface OutgoingMessage {
  readonly question: Question
  readonly rcode: number
  readonly authoritative: boolean
  readonly truncated: boolean
  readonly recursionAvailable: boolean
  readonly answers: readonly DnsRecord[]
  readonly authorities: readonly DnsRecord[]
  /** Without the OPT record, which is no data and never cut. */
  readonly additionals: readonly DnsRecord[]
  /** The OPT record, for a client that sent one. */
  readonly edns: Resource | undefined
}
