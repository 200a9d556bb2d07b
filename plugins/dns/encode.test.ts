import { Packet, type Resource } from 'dns2'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ednsRecord, encodeMessage } from './encode.ts'
import { parseIp } from './ip-address.ts'
import type { OutgoingMessage } from './message.ts'
import { readQuestion } from './question.ts'
import {
  addressRecord,
  aliasRecord,
  type DnsRecord,
  nameServerRecord,
  pointerRecord,
  serviceRecord,
  textRecord,
} from './records.ts'
import { questionBytes, readResponse } from './testing/ask.ts'
import { messageLength } from './wire-length.ts'

const label = fc.stringMatching(/^[a-cA-C]{1,3}$/)
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'))
const record: fc.Arbitrary<DnsRecord> = fc.oneof(
  name.map((owner) => addressRecord(owner, 1, parseIp('192.0.2.1')!)),
  name.map((owner) => addressRecord(owner, 1, parseIp('2001:db8::1')!)),
  fc.tuple(name, name).map(([owner, target]) => aliasRecord(owner, 1, target)),
  fc.tuple(name, name).map(([owner, target]) => pointerRecord(owner, 1, target)),
  fc.tuple(name, name).map(([owner, target]) => nameServerRecord(owner, 1, target)),
  fc.tuple(name, name).map(([owner, target]) => serviceRecord(owner, 1, 80, 1, target)),
  fc.tuple(name, fc.uint8Array({ maxLength: 600 })).map(([owner, octets]) => textRecord(owner, 1, Buffer.from(octets))),
)
const records = fc.array(record, { maxLength: 12 })

function messageOf(asked: string, answers: DnsRecord[], additionals: DnsRecord[], subnet?: string): OutgoingMessage {
  const reading = readQuestion(questionBytes({ name: asked, edns: { udp: 4096, ...(subnet ? { subnet } : {}) } }))
  if (reading.verdict !== 'question') throw new Error('no question')
  const { question } = reading
  return {
    question,
    rcode: 0,
    authoritative: true,
    truncated: false,
    recursionAvailable: false,
    answers,
    authorities: [],
    additionals,
    edns: ednsRecord(question.edns!, false),
  }
}

describe('an encoded message', () => {
  test('is as long as was foretold, and reads back the same', () => {
    fc.assert(
      fc.property(name, records, records, fc.boolean(), (asked, answers, additionals, compress) => {
        const message = messageOf(asked, answers, additionals, compress ? '198.51.100.1/20' : undefined)
        const octets = encodeMessage(message, compress)
        expect(octets.length).toBe(messageLength(message, compress))
        const told = readResponse(octets)
        const plain = readResponse(encodeMessage(message, false))
        // Names that were written before come back in that spelling.
        expect(told.answers.map((text) => text.toLowerCase())).toEqual(plain.answers.map((text) => text.toLowerCase()))
        expect(told.additionals).toHaveLength(additionals.length)
      }),
    )
  })

  test('never compresses the target of an SRV record', () => {
    const message = messageOf('a.consul', [serviceRecord('a.consul', 0, 1, 1, 'b.consul')], [])
    const octets = encodeMessage(message, true)
    expect(octets.includes(Buffer.from('\x01b\x06consul\x00', 'latin1'))).toBe(true)
  })

  test.for(['a.b', '.ab', '...', 'ab.'])('repeats a question with the label "%s" as it was', (label) => {
    const asked = questionBytes({ name: 'axb.node.consul' })
    asked.write(label, 13)
    const reading = readQuestion(asked)
    if (reading.verdict !== 'question') throw new Error('no question')
    expect(reading.question.labels).toEqual([label.replaceAll('.', '\\.'), 'node', 'consul'])
    const octets = encodeMessage({ ...messageOf('x', [], []), question: reading.question, edns: undefined }, true)
    expect(octets.subarray(12)).toEqual(asked.subarray(12))
  })

  test('keeps a type and a class of 0', () => {
    const asked = questionBytes({ name: 'a.consul' })
    asked.fill(0, asked.length - 4)
    const reading = readQuestion(asked)
    if (reading.verdict !== 'question') throw new Error('no question')
    const octets = encodeMessage({ ...messageOf('x', [], []), question: reading.question, edns: undefined }, true)
    expect(octets.subarray(12)).toEqual(asked.subarray(12))
  })

  test('repeats the size the client gave, also 0', () => {
    const record: Resource = ednsRecord({ udpSize: 0, subnet: undefined }, false)
    expect(record.class).toBe(0)
    expect(record.type).toBe(Packet.TYPE.EDNS)
  })
})
