import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { HotAnswers, type KeptAnswer, mayKeep } from './hot-answers.ts'
import { parseIp } from './ip-address.ts'
import { type Question, readQuestion } from './question.ts'
import { addressRecord } from './records.ts'
import { type Asking, ask, questionBytes, readResponse } from './testing/ask.ts'
import { DnsAgent } from './testing/dns-agent.ts'

const message = questionBytes({ name: 'web.service.consul' })

function questionOf(asked: Buffer): Question {
  const reading = readQuestion(asked)
  if (reading.verdict !== 'question') throw new Error('no question')
  return reading.question
}

function kept(name: string, isCurrent = () => true): [Buffer, KeptAnswer] {
  const asked = questionBytes({ name })
  const pool = ['192.0.2.1', '192.0.2.2'].map((text) => addressRecord(name, 0, parseIp(text)!))
  const packet = Buffer.concat([asked, Buffer.alloc(16)])
  return [asked, { packet, question: questionOf(asked), pool, drawn: 1, endsWithAuthority: false, isCurrent }]
}

describe('hot answers', () => {
  test.for<Partial<Asking>>([
    {},
    { name: 'web.service.dc1.consul' },
    { type: 'AAAA' },
    { edns: { udp: 4096 } },
    { type: 'AAAA', edns: { udp: 1232 } },
    { name: 'web1.node.consul' },
    { name: 'web1.node.consul', edns: { udp: 1232 } },
    { name: 'six.service.consul', type: 'AAAA' },
  ])('are what the long way would have answered: %j', async (partial) => {
    await using agent = await DnsAgent.started({ enableTruncate: true, nodeTtl: 3000, serviceTtl: { '*': '7s' } })
    agent.put(
      'service web',
      Array.from({ length: 20 }, (_, i) => ({ address: `192.0.2.${i}` })),
    )
    agent.put(
      'service six',
      Array.from({ length: 20 }, (_, i) => ({ address: `2001:db8::${i + 1}` })),
    )
    agent.put('node web1', [{ nodeMeta: { a: 'b' } }])
    const asking = { name: 'web.service.consul', ...partial }
    const cold = await ask(agent.address, { ...asking, id: 1 })
    const hot = await ask(agent.address, { ...asking, id: 2 })
    expect(agent.asked).toHaveLength(1)
    expect(hot).toEqual({ ...cold, id: 2, answers: expect.anything() })
    expect(new Set(hot.answers).size).toBe(cold.answers.length)
    const unhurried = await ask(agent.address, { ...asking, rd: false })
    expect(unhurried.flags).toBe(cold.flags.replace(' rd', ''))
  })

  test.for([{}, { aRecordLimit: 3, udpAnswerLimit: 8 }])(
    'draw every address as often as the others: %j',
    async (values) => {
      await using agent = await DnsAgent.started(values)
      agent.put(
        'service web',
        Array.from({ length: 10 }, (_, i) => ({ address: `192.0.2.${i}` })),
      )
      const seen = new Map<string, number>()
      for (let i = 0; i < 1000; i++) {
        const { answers } = await ask(agent.address, { name: 'web.service.consul' })
        expect(new Set(answers).size).toBe(3)
        for (const answer of answers) seen.set(answer, (seen.get(answer) ?? 0) + 1)
      }
      expect(agent.asked).toHaveLength(1)
      expect(seen.size).toBe(10)
      for (const count of seen.values()) expect(Math.abs(count - 300)).toBeLessThan(60)
    },
  )

  test('are not kept for what a cookie or a spelling makes unlike all others', () => {
    expect(mayKeep(message, questionOf(message))).toBe(true)
    const spelt = questionBytes({ name: 'wEb.service.consul' })
    expect(mayKeep(spelt, questionOf(spelt))).toBe(false)
    const located = questionBytes({ name: 'web.service.consul', edns: { udp: 512, subnet: '192.0.2.0/24' } })
    expect(mayKeep(located, questionOf(located))).toBe(false)
    const cookie = Buffer.concat([
      questionBytes({ name: 'web.service.consul', edns: { udp: 512 } }),
      Buffer.from([0, 10, 0, 2, 1, 2]),
    ])
    cookie.writeUInt16BE(6, cookie.length - 8)
    expect(mayKeep(cookie, questionOf(cookie))).toBe(false)
  })

  test('forget the oldest when they take too much', () => {
    const hot = new HotAnswers(3000, seededRandom(1), () => 0)
    const names = ['a.consul', 'b.consul', 'c.consul', 'd.consul', 'e.consul']
    for (const name of names) hot.keep(...kept(name))
    expect(hot.sizeBytes).toBeLessThanOrEqual(3000)
    expect(hot.answer(questionBytes({ name: 'a.consul' }))).toBeUndefined()
    expect(readResponse(hot.answer(questionBytes({ name: 'e.consul' }))!).question).toBe('e.consul A')
    hot.clear()
    expect([hot.size, hot.sizeBytes]).toEqual([0, 0])
  })

  test('end when the zone would answer something else', () => {
    let current = true
    const hot = new HotAnswers(3000, seededRandom(1), () => 0)
    const [asked, answer] = kept('a.consul', () => current)
    hot.keep(asked, answer)
    hot.keep(asked, answer)
    expect(hot.size).toBe(1)
    expect(hot.answer(asked)).toBeDefined()
    current = false
    expect(hot.answer(asked)).toBeUndefined()
    expect([hot.size, hot.sizeBytes]).toEqual([0, 0])
  })

  test.for([
    ['a response', 2, 0x80],
    ['another opcode', 2, 0x10],
    ['two questions', 5, 2],
    ['records that a question does not have', 7, 1],
  ] as const)('are not given to %s', ([, offset, octet]) => {
    const hot = new HotAnswers(3000, seededRandom(1), () => 0)
    const [asked, answer] = kept('a.consul')
    hot.keep(asked, answer)
    asked[offset] = octet
    expect(hot.answer(asked)).toBeUndefined()
    expect(hot.answer(Buffer.alloc(3))).toBeUndefined()
  })
})
