import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { ask, exchange, exchangeAll, questionBytes, readResponse } from './testing/ask.ts'
import { DnsAgent } from './testing/dns-agent.ts'
import { mutated } from './testing/mutated.ts'

const rounds = Number(process.env.DNS_FUZZ_ROUNDS ?? 4000)

const questions = [
  questionBytes({ name: 'web.service.consul' }),
  questionBytes({ name: '_web._tcp.service.consul', type: 'SRV', edns: { udp: 4096 } }),
  questionBytes({ name: 'web1.node.dc1.consul', type: 'ANY', edns: { udp: 1232, subnet: '198.51.100.1/24' } }),
  questionBytes({ name: 'c000020b.addr.consul', type: 'AAAA' }),
  questionBytes({ name: '11.2.0.192.in-addr.arpa', type: 'PTR' }),
  questionBytes({ name: 'consul', type: 'SOA' }),
]

test('mutated messages on a live socket are answered well-formed or not at all, and the server goes on', async () => {
  await using agent = await DnsAgent.started({ nodeTtl: 5 })
  for (const name of ['web', '_web._tcp', 'consul']) {
    agent.put(`service ${name}`, [{}, { address: '2001:db8::1', node: 'web2', ownAddress: true }])
  }
  agent.put('node web1', [{ nodeMeta: { a: 'b' } }])
  agent.put('arpa 192.0.2.11', [{}])

  const random = seededRandom(11)
  const port = Number(agent.address.split(':')[1])
  const socket = createSocket('udp4')
  let answered = 0
  socket.on('message', (response) => {
    answered++
    readResponse(response)
  })
  for (let round = 0; round < rounds; round++) {
    socket.send(mutated(questions[round % questions.length]!, random), port, '127.0.0.1')
    if (round % 50 === 49) {
      // Answered in order of arrival or nearly so: nothing is lost to full buffers.
      expect((await exchange('127.0.0.1', port, questions[0]!, 'udp')).length).toBeGreaterThan(12)
    }
  }
  socket.close()
  expect(answered).toBeGreaterThan(rounds / 4)
  const messages = Array.from({ length: rounds / 4 }, (_, i) => mutated(questions[i % questions.length]!, random))
  const responses = await exchangeAll(connect(port, '127.0.0.1'), messages)
  expect(responses.length).toBeGreaterThan(messages.length / 2)
  for (const response of responses) readResponse(response)

  expect(await ask(agent.address, { name: 'web1.node.consul' })).toMatchObject({ rcode: 'NOERROR' })
  expect(agent.log.filter((line) => line.includes('fault'))).toEqual([])
})
