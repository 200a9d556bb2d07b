import { Packet } from 'dns2'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { encodeRefusal } from './encode.ts'
import { type Question, readQuestion } from './question.ts'
import { questionBytes } from './testing/ask.ts'
import { mutated } from './testing/mutated.ts'

const plain = questionBytes({ name: 'Web.service.consul', edns: { udp: 1232, subnet: '198.51.100.1/24' } })

function changed(change: (message: Buffer) => Buffer | undefined): Buffer {
  const message = Buffer.from(plain)
  return change(message) ?? message
}

function set(offset: number, ...octets: number[]): Buffer {
  return changed((message) => {
    message.set(octets, offset)
    return message
  })
}

describe('a message', () => {
  test('is read as the question in it', () => {
    const reading = readQuestion(plain)
    expect(reading).toMatchObject({
      verdict: 'question',
      question: {
        id: 7,
        opcode: 0,
        rd: true,
        cd: false,
        type: Packet.TYPE.A,
        class: 1,
        owner: 'Web.service.consul',
        labels: ['Web', 'service', 'consul'],
        edns: { udpSize: 1232, subnet: { family: 1, sourcePrefixLength: 24, ip: '198.51.100.0' } },
      },
    })
  })

  test('may ask for the root, and have octets after it', () => {
    const { question } = readQuestion(questionBytes({ name: '.', type: 'NS' })) as { question: Question }
    expect([question.owner, question.labels]).toEqual(['', []])
    expect(readQuestion(Buffer.concat([plain, Buffer.alloc(9)])).verdict).toBe('question')
  })

  test('may have any octets in its labels, which are told apart from dots between them', () => {
    const { question } = readQuestion(set(13, 0x2e, 0xff, 0x5c)) as { question: Question }
    expect(question.labels[0]).toBe('\\.\\255\\\\')
  })

  test.for([
    ['that ends in its header', plain.subarray(0, 11)],
    ['that is empty', Buffer.alloc(0)],
    ['that is a response', set(2, 0x81)],
  ] as const)('%s gets no answer', ([, message]) => {
    expect(readQuestion(message)).toEqual({ verdict: 'ignore' })
  })

  test.for([
    ['with an opcode we do not know', set(2, 0x29), 'NOTIMP'],
    ['with two questions', set(5, 2), 'FORMERR'],
    ['with no question', set(5, 0), 'FORMERR'],
    ['that promises many records', set(10, 0xff, 0xff), 'FORMERR'],
    ['that ends in its name', plain.subarray(0, 20), 'FORMERR'],
    ['that ends behind its name', plain.subarray(0, 33), 'FORMERR'],
    ['whose name points to itself', set(12, 0xc0, 12), 'FORMERR'],
    ['whose name points into the header', set(12, 0xc0, 0), 'FORMERR'],
    ['whose label is too long', set(12, 64), 'FORMERR'],
    ['that ends in a record', plain.subarray(0, plain.length - 3), 'FORMERR'],
    ['whose network is wider than an address', set(plain.length - 5, 33), 'FORMERR'],
    ['that is longer than any question', Buffer.concat([plain, Buffer.alloc(5000)]), 'FORMERR'],
  ] as const)('%s is refused', ([, message, rcode]) => {
    expect(readQuestion(message)).toEqual({ verdict: 'refuse', rcode: Packet.RCODE[rcode] })
  })

  test('with a name of more than 255 octets is refused', () => {
    const label = Buffer.concat([Buffer.from([63]), Buffer.alloc(63, 'a')])
    const message = Buffer.concat([plain.subarray(0, 12), label, label, label, label, Buffer.from([0, 0, 1, 0, 1])])
    message[11] = 0
    expect(readQuestion(message)).toEqual({ verdict: 'refuse', rcode: Packet.RCODE.FORMERR })
  })

  test('that is refused gets its id and flags back, and nothing else', () => {
    expect(encodeRefusal(set(2, 0x2b, 0x30), Packet.RCODE.NOTIMP)).toEqual(
      Buffer.from([0, 7, 0xab, 0x34, 0, 0, 0, 0, 0, 0, 0, 0]),
    )
    expect(encodeRefusal(set(2, 0x2b, 0x30), Packet.RCODE.FORMERR)[2]).toBe(0x83)
  })

  test('with more records than a question has is refused, however well-formed they are', () => {
    const record = Buffer.from([0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 192, 0, 2, 1])
    const withRecords = (section: number, count: number) => {
      const message = questionBytes({ name: 'a.consul' })
      message[section] = count
      return readQuestion(Buffer.concat([message, ...Array<Buffer>(count).fill(record)])).verdict
    }
    expect([withRecords(7, 1), withRecords(9, 1), withRecords(11, 2)]).toEqual(['question', 'question', 'question'])
    expect([withRecords(7, 2), withRecords(9, 2), withRecords(11, 3)]).toEqual(['refuse', 'refuse', 'refuse'])
  })

  test('that was made to keep a parser busy never reaches one', () => {
    const message = Buffer.alloc(4000)
    questionBytes({ name: 'a.consul' }).copy(message)
    message.writeUInt16BE(300, 10)
    for (let at = 26; at < 400; at += 2) message.writeUInt16BE(0xc000 | (at + 2), at)
    for (let at = 402; at < 3990; at += 12) message.writeUInt16BE(0xc000 | 26, at)
    expect(readQuestion(message).verdict).toBe('refuse')
    const promising = vi.spyOn(Packet, 'parse')
    for (const hostile of [message, Buffer.alloc(60_000, message)]) readQuestion(hostile)
    expect(promising).not.toHaveBeenCalled()
    promising.mockRestore()
  })
})

describe('mutated and random messages', () => {
  test('never throw, and are questions only when they are well-formed', () => {
    const random = seededRandom(20)
    for (let round = 0; round < 60_000; round++) {
      const message = mutated(plain, random)
      const reading = readQuestion(message)
      if (reading.verdict !== 'question') continue
      const { rawName, labels, owner } = reading.question
      expect(rawName.length).toBeLessThanOrEqual(255)
      expect(owner.length).toBe(Math.max(0, rawName.length - 2))
      expect(labels.every((label) => /^[!-~]+$/.test(label))).toBe(true)
    }
  })

  test('of any octets at all never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (octets) => {
        expect(['question', 'refuse', 'ignore']).toContain(readQuestion(Buffer.from(octets)).verdict)
      }),
      { numRuns: 2000 },
    )
  })
})
