import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import type { Responder } from './responder.ts'
import { TcpListener } from './tcp.ts'
import { exchangeAll, framed, questionBytes, readResponse } from './testing/ask.ts'
import { DnsAgent } from './testing/dns-agent.ts'

async function dial(address: string): Promise<Socket> {
  const [host = '', port = ''] = address.split(':')
  const socket = connect(Number(port), host)
  await once(socket, 'connect')
  return socket
}

/** Ids of the responses to messages sent on one connection. */
async function idsOf(socket: Socket, messages: readonly Buffer[]): Promise<number[]> {
  return (await exchangeAll(socket, messages)).map((response) => readResponse(response).id).sort((a, b) => a - b)
}

const question = (id: number) => questionBytes({ name: 'web1.node.consul', id })

describe('a connection', () => {
  test('carries many questions, also in pieces, and is answered after the client has said all', async () => {
    await using agent = await DnsAgent.started()
    agent.put('node web1', [{}])
    const socket = await dial(agent.address)
    const ids = Array.from({ length: 200 }, (_, i) => i)
    const octets = Buffer.concat(ids.slice(0, 100).map(question).map(framed))
    for (let at = 0; at < octets.length; at += 777) socket.write(octets.subarray(at, at + 777))
    expect(await idsOf(socket, ids.slice(100).map(question))).toEqual(ids)
  })

  test('ends when what comes is no DNS', async () => {
    await using agent = await DnsAgent.started()
    const socket = await dial(agent.address)
    socket.write('GET / HTTP/1.1\r\nHost: example.com\r\n\r\n')
    await once(socket, 'close')
  })

  test('ends after half a question', async () => {
    await using agent = await DnsAgent.started()
    const socket = await dial(agent.address)
    socket.write(framed(question(1)).subarray(0, 9))
    expect(await exchangeAll(socket, [])).toEqual([])
  })

  test('gets an answer to malformed messages', async () => {
    await using agent = await DnsAgent.started()
    const socket = await dial(agent.address)
    const malformed = questionBytes({ name: 'a.consul' }).subarray(0, 15)
    expect(await idsOf(socket, [malformed])).toEqual([7])
  })

  test('is cut by the stop of the agent', async () => {
    const agent = await DnsAgent.started()
    const socket = await dial(agent.address)
    socket.on('error', () => {})
    const closed = once(socket, 'close')
    await agent[Symbol.asyncDispose]()
    await closed
  })

  test('may not send one question for ever', async () => {
    const clock = new VirtualClock()
    const listener = await openListener({ respond: async () => undefined }, clock)
    const socket = await dial(`127.0.0.1:${listener.port}`)
    socket.on('error', () => {})
    const closed = once(socket, 'close')
    socket.write(framed(question(1)).subarray(0, 5))
    await listener.received(1)
    await clock.advance(6000)
    socket.write('x')
    await closed
    await listener.close()
  })

  test('waits while too many of its questions are open, and loses none', async () => {
    let open = 0
    let most = 0
    const release: (() => void)[] = []
    const respond: Responder['respond'] = async (message) => {
      most = Math.max(most, ++open)
      if (release.length < 32) await new Promise<void>((resolve) => release.push(resolve))
      open--
      const response = Buffer.from(message)
      response[2] = 0x80
      return response
    }
    const listener = await openListener({ respond }, new VirtualClock())
    const socket = await dial(`127.0.0.1:${listener.port}`)
    const ids = Array.from({ length: 100 }, (_, i) => i)
    const answered = idsOf(socket, ids.map(question))
    while (release.length < 32) await new Promise((resolve) => setImmediate(resolve))
    expect(open).toBe(32)
    for (const resolve of release) resolve()
    expect(await answered).toEqual(ids)
    expect(most).toBe(32)
    await listener.close()
  })
})

async function openListener(responder: Partial<Responder>, clock: VirtualClock) {
  const fail = (error: unknown) => {
    throw error
  }
  const listener = await TcpListener.open('127.0.0.1', 0, responder as Responder, clock, fail)
  return {
    port: listener.port,
    close: () => listener.close(),
    received: async (octets: number) => {
      while (listener.bytesRead < octets) await new Promise((resolve) => setImmediate(resolve))
    },
  }
}
