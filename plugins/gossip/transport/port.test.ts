import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { freePort } from '../../../src/testing/free-ports.ts'
import { listen } from './loopback.fixture.ts'

describe('a port', () => {
  test('that is taken is an error that names the settings', async () => {
    const a = await listen('a')
    const port = a.transport.port
    await expect(listen('b', { port })).rejects.toMatchObject({
      code: 'config',
      message: `cannot listen for gossip on 127.0.0.1:${port} (TCP): another program listens there; stop it, or choose another port with ports.serf_lan (-serf-lan-port)`,
    })
  })

  test('of an address that the machine has not is an error that names the setting', async () => {
    await expect(listen('b', { host: '192.0.2.1' })).rejects.toThrow(
      'this machine has no such address; correct serf_lan (-serf-lan-bind)',
    )
  })

  test('that is free for TCP only is given back', async () => {
    const port = await freePort()
    const other = createSocket('udp4').bind({ port, address: '127.0.0.1' })
    await once(other, 'listening')
    await expect(listen('b', { port })).rejects.toThrow(`127.0.0.1:${port} (UDP): another program listens there`)
    await new Promise<void>((resolve) => other.close(resolve))
    await listen('b', { port })
  })
})
