import { Packet } from 'dns2'
import { describe, expect, test } from 'vitest'
import { Log } from '../../src/kernel/log.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { Recursor } from './recursor.ts'
import { parseRecursors } from './recursor-address.ts'
import { ask, questionBytes, readResponse } from './testing/ask.ts'
import { DnsAgent } from './testing/dns-agent.ts'
import { FakeRecursor, responseTo } from './testing/fake-recursor.ts'
import { mutated } from './testing/mutated.ts'

const { RCODE } = Packet
const known = (question: Buffer) => responseTo(question, ['www.example.com A 203.0.113.10'])

describe('a name that is not ours', () => {
  test.for(['udp', 'tcp'] as const)('is answered as a recursor says over %s', async (transport) => {
    await using recursor = await FakeRecursor.started(known)
    await using agent = await DnsAgent.started({ recursors: [recursor.address] })
    expect(await ask(agent.address, { name: 'www.example.com', transport, id: 99 })).toMatchObject({
      id: 99,
      rcode: 'NOERROR',
      flags: 'qr rd ra',
      answers: ['www.example.com 77 A 203.0.113.10'],
    })
    expect(recursor.asked).toEqual([`www.example.com A ${transport}`])
  })

  test('does not exist when a recursor says so', async () => {
    await using recursor = await FakeRecursor.started((question) => responseTo(question, [], RCODE.NXDOMAIN))
    await using agent = await DnsAgent.started({ recursors: [recursor.address] })
    expect(await ask(agent.address, { name: 'no.example.com' })).toMatchObject({ rcode: 'NXDOMAIN', flags: 'qr rd ra' })
  })

  test('is asked of the next recursor when one fails or is not there', async () => {
    await using failing = await FakeRecursor.started((question) => responseTo(question, [], RCODE.SERVFAIL))
    await using refusing = await FakeRecursor.started((question) => responseTo(question, [], RCODE.REFUSED))
    const gone = await FakeRecursor.started(known)
    const { address } = gone
    await gone[Symbol.asyncDispose]()
    await using good = await FakeRecursor.started(known)
    const recursors = [failing.address, refusing.address, address, good.address]
    await using agent = await DnsAgent.started({ recursors })
    expect(await ask(agent.address, { name: 'www.example.com' })).toMatchObject({ rcode: 'NOERROR' })
    expect([failing, refusing, good].map(({ asked }) => asked.length)).toEqual([1, 1, 1])
  })

  test('is a failure of ours when all fail, and said to whoever asked with EDNS', async () => {
    await using failing = await FakeRecursor.started((question) => responseTo(question, [], RCODE.SERVFAIL))
    await using agent = await DnsAgent.started({ recursors: [failing.address] })
    const told = await ask(agent.address, { name: 'www.example.com', edns: { udp: 4096 } })
    expect(told).toMatchObject({ rcode: 'SERVFAIL', flags: 'qr rd ra', answers: [] })
    expect(told.edns?.class).toBe(4096)
  })

  test('is refused without recursors, also those that a reload takes away', async () => {
    await using recursor = await FakeRecursor.started(known)
    await using agent = await DnsAgent.started({ recursors: [recursor.address] })
    await agent.reload({ recursors: [] })
    expect(await ask(agent.address, { name: 'www.example.com' })).toMatchObject({ rcode: 'REFUSED', flags: 'qr rd' })
    expect(recursor.asked).toEqual([])
  })

  test('is a name of an address that nobody here has', async () => {
    await using recursor = await FakeRecursor.started((question) => responseTo(question, [], RCODE.NXDOMAIN))
    await using agent = await DnsAgent.started({ recursors: [recursor.address] })
    agent.put('arpa 192.0.2.1', [{ node: 'web1' }])
    const ours = await ask(agent.address, { name: '1.2.0.192.in-addr.arpa', type: 'PTR' })
    expect(ours).toMatchObject({ flags: 'qr aa rd ra', answers: ['1.2.0.192.in-addr.arpa 0 PTR web1.node.dc1.consul'] })
    const other = await ask(agent.address, { name: '2.2.0.192.in-addr.arpa', type: 'PTR' })
    expect(other).toMatchObject({ rcode: 'NXDOMAIN', flags: 'qr rd ra' })
  })
})

describe('a recursor', () => {
  const log = new Log({ level: 'error', json: false, write: () => {}, nowMs: () => 0 }).logger('dns')

  function newRecursor(recursors: readonly string[], recursorStrategy: 'sequential' | 'random' = 'sequential') {
    const clock = new VirtualClock()
    const settings = { recursors: parseRecursors(recursors, []), recursorStrategy, recursorTimeoutMs: 2_000 }
    return { clock, recursor: new Recursor({ clock, random: seededRandom(5), log }, settings) }
  }

  test('is not waited for beyond its time', async () => {
    await using silent = await FakeRecursor.started(() => undefined)
    await using good = await FakeRecursor.started(known)
    const { clock, recursor } = newRecursor([silent.address, good.address])
    const forwarded = recursor.forward(questionBytes({ name: 'www.example.com' }), 'udp')
    await silent.wasAsked(1)
    await clock.advance(2_000)
    expect(readResponse((await forwarded)!).answers.length).toBe(1)
    expect(clock.pending).toBe(0)
  })

  test('is asked with an id of its own, and messages that answer something else are passed over', async () => {
    const ids = new Set<number>()
    await using recursor = await FakeRecursor.started((question) => {
      ids.add(question.readUInt16BE(0))
      const wrongId = responseTo(question, ['www.example.com A 198.51.100.66'])
      wrongId[0]! ^= 1
      const wrongName = responseTo(questionBytes({ name: 'xxx.example.com' }), [])
      question.copy(wrongName, 0, 0, 2)
      return [Buffer.from('short'), question, wrongId, wrongName, known(question)]
    })
    const { recursor: asking } = newRecursor([recursor.address])
    for (let i = 0; i < 5; i++) {
      const response = await asking.forward(questionBytes({ name: 'www.example.com', id: 4 }), 'udp')
      expect(readResponse(response!)).toMatchObject({ id: 4, answers: ['www.example.com 77 A 203.0.113.10'] })
    }
    expect(ids.size).toBeGreaterThan(3)
  })

  test('is drawn anew for each question with the strategy random', async () => {
    await using one = await FakeRecursor.started(known)
    await using two = await FakeRecursor.started(known)
    const { recursor } = newRecursor([one.address, two.address], 'random')
    for (let i = 0; i < 20; i++) await recursor.forward(questionBytes({ name: 'www.example.com' }), 'udp')
    expect(one.asked.length).toBeGreaterThan(4)
    expect(two.asked.length).toBeGreaterThan(4)
  })

  test('that answers with what is no DNS is taken for one that does not know', async () => {
    await using odd = await FakeRecursor.started((question) => {
      const response = known(question)
      return Buffer.concat([response.subarray(0, response.length - 3), Buffer.alloc(1)])
    })
    const { recursor } = newRecursor([odd.address])
    expect(await recursor.addresses('www.example.com')).toEqual([])
  })
})

test('whatever a recursor answers, a host name leads to addresses or to nothing', async () => {
  const random = seededRandom(11)
  await using odd = await FakeRecursor.started((question) => {
    const response = mutated(known(question), random)
    // What is no response to the question would only be waited for.
    question.copy(response, 0, 0, Math.min(2, response.length))
    if (response.length < question.length) return known(question)
    question.copy(response, 4, 4)
    response[2]! |= 0x80
    return response
  })
  await using agent = await DnsAgent.started({ recursors: [odd.address] })
  agent.put('node ext', [{ address: 'www.example.com' }])
  for (let i = 0; i < 300; i++) {
    const { rcode, answers } = await ask(agent.address, { name: 'ext.node.consul', edns: { udp: 4096 } })
    expect(rcode).toBe('NOERROR')
    expect(answers[0]).toBe('ext.node.consul 0 CNAME www.example.com')
  }
})

describe('a host name in an answer', () => {
  const chain = (question: Buffer) =>
    responseTo(question, ['host.example CNAME real.example', 'real.example A 203.0.113.30'])

  test('of a node is followed, with the TTL that others gave it', async () => {
    await using recursor = await FakeRecursor.started(chain)
    await using agent = await DnsAgent.started({ recursors: [recursor.address] })
    agent.put('node ext', [{ address: 'host.example' }])
    const { answers, flags } = await ask(agent.address, { name: 'ext.node.consul' })
    expect(answers).toEqual([
      'ext.node.consul 0 CNAME host.example',
      'host.example 77 CNAME real.example',
      'real.example 77 A 203.0.113.30',
    ])
    expect(flags).toBe('qr aa rd ra')
    await ask(agent.address, { name: 'ext.node.consul' })
    expect(recursor.asked).toEqual(['host.example A udp', 'host.example A udp'])
  })

  test('of a service is followed, with the TTL of the service', async () => {
    await using recursor = await FakeRecursor.started(chain)
    await using agent = await DnsAgent.started({ recursors: [recursor.address], serviceTtl: { '*': '9s' } })
    agent.put('service ext', [{ address: 'host.example', ownAddress: true }])
    const { answers } = await ask(agent.address, { name: 'ext.service.consul' })
    expect(answers).toEqual([
      'ext.service.consul 9 CNAME host.example',
      'host.example 9 CNAME real.example',
      'real.example 9 A 203.0.113.30',
    ])
    const srv = await ask(agent.address, { name: 'ext.service.consul', type: 'SRV' })
    expect(srv.answers).toEqual(['ext.service.consul 9 SRV 1 1 80 host.example'])
    expect(srv.additionals.sort()).toEqual(['host.example 9 CNAME real.example', 'real.example 9 A 203.0.113.30'])
  })

  test('brings five records beside it, unless the client takes more', async () => {
    const many = Array.from({ length: 8 }, (_, at) => `host.example A 203.0.113.${at}`)
    await using recursor = await FakeRecursor.started((question) => responseTo(question, many))
    await using agent = await DnsAgent.started({ recursors: [recursor.address], udpAnswerLimit: 8 })
    agent.put('service ext', [{ address: 'host.example', ownAddress: true }])
    const plain = await ask(agent.address, { name: 'ext.service.consul' })
    const wide = await ask(agent.address, { name: 'ext.service.consul', edns: { udp: 4096 } })
    expect([plain.answers.length, wide.answers.length]).toEqual([6, 9])
  })

  test('of ours is followed here, without recursors', async () => {
    await using agent = await DnsAgent.started()
    agent.put('service ext', [{ address: 'web1.node.consul', ownAddress: true }])
    agent.put('node web1', [{ address: '192.0.2.11' }])
    const { answers } = await ask(agent.address, { name: 'ext.service.consul' })
    expect(answers).toEqual(['ext.service.consul 0 CNAME web1.node.consul', 'web1.node.consul 0 A 192.0.2.11'])
  })

  test('that leads back to itself is followed three times', async () => {
    await using agent = await DnsAgent.started({ udpAnswerLimit: 8 })
    agent.put('service a', [{ address: 'b.service.consul', ownAddress: true, nodeAddress: 'b.service.consul' }])
    agent.put('service b', [{ address: 'a.service.consul', ownAddress: true, nodeAddress: 'a.service.consul' }])
    expect((await ask(agent.address, { name: 'a.service.consul' })).answers.length).toBe(4)
  })
})

describe('the addresses of recursors', () => {
  const interfaces = [{ name: 'eth0', address: '10.0.0.7', internal: false }]

  test('are hosts with or without a port, each once', () => {
    const texts = [
      '192.0.2.1',
      '192.0.2.1:53',
      'dns.example:5353',
      '2001:db8::1',
      '[2001:db8::1]:54',
      '{{ GetPrivateIP }}',
    ]
    expect(parseRecursors(texts, interfaces).map(({ host, port }) => `${host} ${port}`)).toEqual([
      '192.0.2.1 53',
      'dns.example 5353',
      '2001:db8::1 53',
      '2001:db8::1 54',
      '10.0.0.7 53',
    ])
  })

  test.for(['', 'a:b', '192.0.2.1:0', '192.0.2.1:99999', '[192.0.2.1]:53', 'http://x', '0.0.0.0', '[::]:53'])(
    '%s is none',
    (text) => {
      expect(() => parseRecursors([text], interfaces)).toThrow(/^recursors: /)
    },
  )
})
