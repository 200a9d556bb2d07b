import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { VirtualClock } from '../../../src/testing/virtual-clock.ts'
import { until } from '../driver.fixture.ts'
import { ServerPort } from './server-port.ts'

async function listen(handOver: (firstByte: number) => boolean = () => false) {
  const clock = new VirtualClock()
  const reported: unknown[] = []
  const given: string[] = []
  const port = await ServerPort.listen({
    host: '127.0.0.1',
    port: 0,
    clock,
    handOver(firstByte, { socket, remoteAddress }) {
      if (!handOver(firstByte)) return false
      given.push(`${firstByte} from ${remoteAddress}: ${socket.read()}`)
      return true
    },
    report: (error) => reported.push(error),
  })
  const client = connect(port.port, '127.0.0.1')
  client.on('error', () => {})
  await once(client, 'connect')
  return { clock, reported, given, port, client }
}

test('the first byte decides who gets a connection, with all that follows it', async () => {
  const { port, client, given } = await listen((firstByte) => firstByte === 7)
  client.write('\x07hello')
  await until(() => given.length > 0)
  expect(given).toEqual(['7 from 127.0.0.1: hello'])
  await port.close()
})

test('a byte that nobody knows ends the connection', async () => {
  const { port, client } = await listen()
  client.write('\xff')
  await once(client, 'close')
  await port.close()
})

test('one that throws costs its connection, and is reported', async () => {
  const { port, client, reported } = await listen(() => {
    throw new Error('a bug')
  })
  client.write('x')
  await once(client, 'close')
  expect(String(reported)).toBe('Error: a bug')
  await port.close()
})

test('a client that says nothing for five seconds is gone', async () => {
  const { port, client, clock } = await listen()
  await until(() => clock.pending > 0)
  const closed = once(client, 'close')
  await clock.advance(4999)
  expect(client.destroyed).toBe(false)
  await clock.advance(1)
  await closed
  await port.close()
})

test('a port in use is an error that names the setting', async () => {
  const { port, client } = await listen()
  const again = ServerPort.listen({
    host: '127.0.0.1',
    port: port.port,
    clock: new VirtualClock(),
    handOver: () => false,
    report: () => {},
  })
  await expect(again).rejects.toThrow(
    /another program listens there; stop it, or choose another port with ports.server/,
  )
  client.destroy()
  await port.close()
})
