import { type EcsOption, Packet } from 'dns2'

/** Where a message came in; decides how long an answer may be. */
export type Transport = 'udp' | 'tcp'

/** A well-formed question. */
export interface Question {
  readonly id: number
  readonly opcode: number
  /** Recursion desired. */
  readonly rd: boolean
  /** Checking disabled. */
  readonly cd: boolean
  /** Type and class by number. */
  readonly type: number
  readonly class: number
  /**
   * The name's octets as one character each, labels joined by dots: what answers have as their owner. A dot inside a label
   * is a NUL here, because dns2 takes every dot for one between labels.
   */
  readonly owner: string
  /** The name as it was sent, with length octets. */
  readonly rawName: Buffer
  /** As `DnsQuestion.labels` has them. */
  readonly labels: readonly string[]
  readonly edns: Edns | undefined
}

/** What the client says in its OPT record (RFC 6891). */
export interface Edns {
  /** The longest UDP answer it takes. */
  readonly udpSize: number
  /** The client's network, when it names it (RFC 7871). */
  readonly subnet: EcsOption | undefined
}

/**
 * What to do with a message: answer the question, refuse with a response of a header alone, or say nothing. Who sends
 * no header, or a response, gets nothing: any answer could be used against somebody else.
 */
export type Reading =
  | { readonly verdict: 'question'; readonly question: Question }
  | { readonly verdict: 'refuse'; readonly rcode: number }
  | { readonly verdict: 'ignore' }

const ignore: Reading = { verdict: 'ignore' }
const formatError: Reading = { verdict: 'refuse', rcode: Packet.RCODE.FORMERR }
const notImplemented: Reading = { verdict: 'refuse', rcode: Packet.RCODE.NOTIMP }

/** No question comes near this. */
const longestMessage = 4096

const notifyOpcode = 4

/**
 * Reads a message from the network. The bounds are checked on the bare octets first: dns2 reads as many records as the
 * header promises and follows every chain of compression pointers, which in a message made for it takes seconds.
 */
export function readQuestion(message: Buffer): Reading {
  if (message.length < Packet.HEADER_SIZE || (message[2]! & 0x80) !== 0) return ignore
  const opcode = (message[2]! >> 3) & 0xf
  if (opcode !== 0 && opcode !== notifyOpcode) return notImplemented
  const [questions = 0, answers = 0, authorities = 0, additionals = 0] = counts(message)
  if (questions !== 1 || answers > 1 || authorities > 1 || additionals > 2) return formatError
  if (message.length > longestMessage) return formatError

  const nameEnd = endOfName(message)
  if (nameEnd === undefined || nameEnd + 4 > message.length) return formatError
  const packet = Packet.parse(message)
  if (packet.errors.length > 0) return formatError
  const edns = readEdns(packet)
  if (edns === 'malformed') return formatError

  const rawName = message.subarray(Packet.HEADER_SIZE, nameEnd)
  const names = rawLabels(rawName)
  return {
    verdict: 'question',
    question: {
      id: packet.header.id,
      opcode,
      rd: opcode === 0 && packet.header.rd === 1,
      cd: opcode === 0 && (message[3]! & 0x10) !== 0,
      type: message.readUInt16BE(nameEnd),
      class: message.readUInt16BE(nameEnd + 2),
      owner: names.map((label) => label.replaceAll('.', '\0')).join('.'),
      rawName,
      labels: names.map(escapeLabel),
      edns,
    },
  }
}

function counts(message: Buffer): number[] {
  return [4, 6, 8, 10].map((at) => message.readUInt16BE(at))
}

/** Offset behind the question's name. Nothing stands before it that a pointer could mean, so one is malformed. */
function endOfName(message: Buffer): number | undefined {
  let at: number = Packet.HEADER_SIZE
  while (at < message.length && at - Packet.HEADER_SIZE < 255) {
    const length = message[at]!
    if (length === 0) return at + 1
    if (length > 63) return undefined
    at += length + 1
  }
  return undefined
}

function rawLabels(rawName: Buffer): string[] {
  const labels: string[] = []
  for (let at = 0; rawName[at]! > 0; at += rawName[at]! + 1) {
    labels.push(rawName.toString('latin1', at + 1, at + 1 + rawName[at]!))
  }
  return labels
}

/** As zone files write it (RFC 1035 §5.1). */
function escapeLabel(label: string): string {
  return label.replace(/[^!-~]|[.\\]/g, (character) =>
    /[!-~]/.test(character) ? `\\${character}` : `\\${character.charCodeAt(0).toString().padStart(3, '0')}`,
  )
}

function readEdns(packet: Packet): Edns | undefined | 'malformed' {
  const records = packet.additionals.filter((record) => record.type === Packet.TYPE.EDNS)
  const [record] = records
  if (!record) return undefined
  if (records.length > 1 || record.name !== '') return 'malformed'
  const subnet = record.rdata?.find((option) => option.ednsCode === Packet.EDNS_OPTION_CODE.ECS) as
    | EcsOption
    | undefined
  if (subnet && !validSubnet(subnet)) return 'malformed'
  return { udpSize: record.class, subnet }
}

function validSubnet({ family, sourcePrefixLength }: EcsOption): boolean {
  return (family === 1 && sourcePrefixLength <= 32) || (family === 2 && sourcePrefixLength <= 128)
}
