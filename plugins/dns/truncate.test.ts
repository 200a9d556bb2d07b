import { describe, expect, test } from 'vitest'
import { encodeMessage } from './encode.ts'
import { parseIp } from './ip-address.ts'
import type { OutgoingMessage } from './message.ts'
import { readQuestion, type Transport } from './question.ts'
import { addressRecord, type DnsRecord, serviceRecord, textRecord } from './records.ts'
import { readSettings } from './settings.ts'
import { type Asking, questionBytes } from './testing/ask.ts'
import { type DnsValues, defaultValues } from './testing/dns-agent.ts'
import { fitMessage } from './truncate.ts'

const owner = 'big.service.consul'

function addresses(count: number): DnsRecord[] {
  return Array.from({ length: count }, (_, i) => addressRecord(owner, 0, parseIp(`198.51.${i >> 8}.${i & 255}`)!))
}

function services(count: number): { answers: DnsRecord[]; additionals: DnsRecord[] } {
  const targets = Array.from({ length: count }, (_, i) => `big${i}.node.dc1.consul`)
  return {
    answers: targets.map((target, i) => serviceRecord(owner, 0, i, 1, target)),
    additionals: targets.flatMap((target) => [
      addressRecord(target, 0, parseIp('192.0.2.1')!),
      textRecord(target, 0, Buffer.from('a=b')),
    ]),
  }
}

interface Sections {
  readonly answers: readonly DnsRecord[]
  readonly authorities?: readonly DnsRecord[]
  readonly additionals?: readonly DnsRecord[]
}

function cut(sections: Sections, asking: Partial<Asking> = {}, values: Partial<DnsValues> = {}) {
  const settings = readSettings({ ...defaultValues, ...values })
  const reading = readQuestion(questionBytes({ name: owner, ...asking }))
  if (reading.verdict !== 'question') throw new Error('no question')
  const message: OutgoingMessage = {
    question: reading.question,
    rcode: 0,
    authoritative: true,
    truncated: false,
    recursionAvailable: false,
    authorities: [],
    additionals: [],
    edns: undefined,
    ...sections,
  }
  const transport: Transport = asking.transport ?? 'udp'
  const fitted = fitMessage(message, transport, settings)
  return { fitted, sizeBytes: encodeMessage(fitted, settings.compress).length }
}

describe('an answer over UDP', () => {
  test('without EDNS has as many records as configured, and never more than 8', () => {
    expect(cut({ answers: addresses(30) }).fitted.answers).toHaveLength(3)
    expect(cut({ answers: addresses(30) }, {}, { udpAnswerLimit: 50 }).fitted.answers).toHaveLength(8)
    expect(cut({ answers: addresses(3) }).fitted.answers).toHaveLength(3)
    expect(cut({ answers: addresses(30) }, { edns: { udp: 512 } }).fitted.answers).toHaveLength(3)
  })

  test('says that records are missing only when told to', () => {
    expect(cut({ answers: addresses(30) }).fitted.truncated).toBe(false)
    expect(cut({ answers: addresses(30) }, {}, { enableTruncate: true }).fitted.truncated).toBe(true)
    expect(cut({ answers: addresses(3) }, {}, { enableTruncate: true }).fitted.truncated).toBe(false)
  })

  test('with EDNS has what fits into the size the client takes', () => {
    expect(cut({ answers: addresses(30) }, { edns: { udp: 4096 } }).fitted.answers).toHaveLength(30)
    const { fitted, sizeBytes } = cut({ answers: addresses(300) }, { edns: { udp: 1000 } })
    expect(sizeBytes).toBeGreaterThan(1000 - 16)
    expect(sizeBytes).toBeLessThanOrEqual(1000)
    expect(fitted.answers).toEqual(addresses(300).slice(0, fitted.answers.length))
  })

  test('keeps beside SRV records only the addresses of their targets, and leaves the metadata out', () => {
    const { fitted } = cut(services(30))
    expect(fitted.answers).toHaveLength(3)
    expect(fitted.additionals.map(({ name, address }) => [name, address])).toEqual(
      fitted.answers.map(({ target }) => [target, '192.0.2.1']),
    )
  })

  test('counts as if no name were compressed once records were left out', () => {
    const { fitted, sizeBytes } = cut(services(30), {}, { udpAnswerLimit: 8 })
    expect(fitted.answers).toHaveLength(5)
    expect(sizeBytes).toBeLessThan(512)
  })

  test('loses what stands beside it before it gets too long', () => {
    const text = Array.from({ length: 20 }, (_, i) => textRecord(owner, 0, Buffer.alloc(100, `${i}`)))
    const { fitted, sizeBytes } = cut({ answers: addresses(1), additionals: text })
    expect(fitted.answers).toHaveLength(1)
    expect(fitted.truncated).toBe(false)
    expect(sizeBytes).toBeLessThanOrEqual(512)
  })

  test('that cannot be made to fit sends the client to TCP', () => {
    const long = { answers: [textRecord(owner, 0, Buffer.alloc(600))] }
    expect(cut(long).fitted).toMatchObject({ answers: [], truncated: true })
    expect(cut(long, { transport: 'tcp' }).fitted).toMatchObject({ answers: long.answers, truncated: false })
  })
})

describe('an answer over TCP', () => {
  test('has everything', () => {
    expect(cut({ answers: addresses(500) }, { transport: 'tcp' }).fitted.answers).toHaveLength(500)
    expect(cut(services(100), { transport: 'tcp' }).fitted.additionals).toHaveLength(200)
  })

  test('stays below 64 KiB', () => {
    const { fitted, sizeBytes } = cut(services(1024), { transport: 'tcp', type: 'SRV' }, { enableTruncate: true })
    expect(sizeBytes).toBeLessThanOrEqual(65535)
    expect(fitted.truncated).toBe(true)
  })
})
