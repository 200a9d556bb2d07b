import { describe, expect, test } from 'vitest'
import { encodeMessage } from '../wire/message.ts'
import { listen, ping, silentServer } from './loopback.fixture.ts'

describe('a ping over TCP', () => {
  test('is answered by the member it is for', async () => {
    const [a, b] = [await listen('a'), await listen('b')]
    expect(await a.transport.ping(b.endpoint, ping('b'), 500)).toBe(true)
    expect(await a.transport.ping(b.endpoint, ping(''), 500)).toBe(true)
    expect(await a.transport.ping(b.endpoint, ping('another'), 500)).toBe(false)
    expect(a.clock.pending).toBe(0)
  })

  test('is not answered by an ack to another ping', async () => {
    const a = await listen('a')
    const { endpoint, connected } = await silentServer()
    const answered = a.transport.ping(endpoint, ping('b', 7), 500)
    const socket = await connected
    socket.write(encodeMessage({ type: 'ack', seqNo: 8, payload: Buffer.alloc(0) }))
    expect(await answered).toBe(false)
  })

  test('fails in time', async () => {
    const a = await listen('a')
    const { endpoint, connected } = await silentServer()
    const answered = a.transport.ping(endpoint, ping('b'), 500)
    await connected
    await a.clock.advance(500)
    expect(await answered).toBe(false)
  })
})
