import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { freePort, freePorts } from './free-ports.ts'

test('ports are below those that the kernel gives away, and none is handed out twice', async () => {
  const ports = (await Promise.all([freePorts(50), freePorts(50)])).flat()
  expect(new Set(ports).size).toBe(100)
  expect(Math.min(...ports)).toBeGreaterThan(10_240)
  expect(Math.max(...ports)).toBeLessThan(32_768)
})

test.for(['TCP', 'UDP'])('a port that another program has for %s is left out', async (protocol) => {
  const [before] = (await freePorts(1)) as [number]
  const taken = before + 1
  if (protocol === 'TCP') {
    const server = createServer().listen(taken, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
  } else {
    const socket = createSocket('udp4').bind(taken, '127.0.0.1')
    await once(socket, 'listening')
    onTestFinished(() => void socket.close())
  }
  expect(await freePort()).toBe(before + 2)
})
