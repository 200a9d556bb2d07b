import { Packet } from 'dns2'
import type { OutgoingMessage } from './message.ts'
import type { Question, Transport } from './question.ts'
import type { DnsRecord } from './records.ts'
import type { DnsSettings } from './settings.ts'
import { messageLength } from './wire-length.ts'

const { TYPE } = Packet

/** What every resolver takes over UDP (RFC 1035 §4.2.1). */
const plainUdpBytes = 512

/** An IPv4 datagram less the longest headers before its content: more than this is never sent, whatever a client takes. */
const longestDatagramBytes = 65535 - 68

/** 64 KiB less what Consul leaves free. */
const longestTcpBytes = 65523

const mostTcpRecords = 4096
const mostTcpServices = 1024

/** No record is shorter: a pointer as name, the fixed part, and no data. */
const shortestRecordBytes = 12

/** How long an answer to this question may be. */
function sizeLimit(question: Question, transport: Transport): number {
  if (transport === 'tcp') return longestTcpBytes
  return Math.min(Math.max(question.edns?.udpSize ?? 0, plainUdpBytes), longestDatagramBytes)
}

/** More answers than this cannot be sent; one more than fit, so that it shows that some are missing. */
export function mostAnswers(question: Question, transport: Transport): number {
  if (transport === 'tcp') return question.type === TYPE.SRV ? mostTcpServices : mostTcpRecords
  return Math.ceil(sizeLimit(question, 'udp') / shortestRecordBytes) + 1
}

/**
 * Cuts a response to what may be sent. Over UDP without EDNS, answers above the configured limit go first, and then the
 * size counts as if no name were compressed, for the sake of forwarders that write it anew. After that answers are left
 * out from the end until the rest fits, but for one, and what is beside them shrinks to the addresses of what is left.
 * With `enable_truncate` the client is told.
 *
 * Where Consul would send what is still too long, records beside the answer are left out, and at last the answer itself,
 * with the flag: the client then knows to ask over TCP.
 */
export function fitMessage(
  message: OutgoingMessage,
  transport: Transport,
  { compress, udpAnswerLimit, enableTruncate }: DnsSettings,
): OutgoingMessage {
  const { question, answers } = message
  const limitBytes = sizeLimit(question, transport)
  const capped = transport === 'udp' && limitBytes === plainUdpBytes && answers.length > udpAnswerLimit
  let fitted = capped ? withAnswers(message, udpAnswerLimit) : message
  const measure = (candidate: OutgoingMessage) => messageLength(candidate, compress && !capped)

  if (fitted.answers.length > 1 && measure(fitted) > limitBytes) {
    fitted = { ...fitted, authorities: [] }
    if (measure(fitted) > limitBytes) fitted = mostThatFit(fitted, (candidate) => measure(candidate) <= limitBytes)
  }
  if (fitted.answers.length < answers.length) fitted = { ...fitted, truncated: enableTruncate }
  return squeeze(fitted, limitBytes, compress)
}

/** The largest number of answers, 1 at least, with which a message fits. */
function mostThatFit(message: OutgoingMessage, fits: (candidate: OutgoingMessage) => boolean): OutgoingMessage {
  let fitting = 1
  let tooMany = message.answers.length
  while (tooMany - fitting > 1) {
    const middle = (fitting + tooMany) >> 1
    if (fits(withAnswers(message, middle))) fitting = middle
    else tooMany = middle
  }
  return withAnswers(message, fitting)
}

function squeeze(message: OutgoingMessage, limitBytes: number, compress: boolean): OutgoingMessage {
  let squeezed = message
  while (squeezed.additionals.length > 0 && messageLength(squeezed, compress) > limitBytes) {
    const kept = Math.floor(squeezed.additionals.length / 2)
    squeezed = { ...squeezed, additionals: squeezed.additionals.slice(0, kept) }
  }
  if (squeezed.answers.length > 0 && messageLength(squeezed, compress) > limitBytes) {
    squeezed = { ...squeezed, answers: [], authorities: [], truncated: true }
  }
  return squeezed
}

/** The first answers with, when any of them is an SRV record, one record beside them for each of their targets. */
function withAnswers(message: OutgoingMessage, count: number): OutgoingMessage {
  const answers = message.answers.slice(0, count)
  if (message.additionals.length === 0) return { ...message, answers }
  const first = new Map<string, DnsRecord>()
  for (const record of message.additionals) {
    const name = record.name.toLowerCase()
    if (!first.has(name)) first.set(name, record)
  }
  const additionals = new Set<DnsRecord>()
  for (const { target } of answers) {
    const record = target === undefined ? undefined : first.get(target.toLowerCase())
    if (record) additionals.add(record)
  }
  return { ...message, answers, additionals: [...additionals] }
}
