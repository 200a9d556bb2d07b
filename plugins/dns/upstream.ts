import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'
import type { Clock } from '../../src/kernel/clock.ts'
import type { Transport } from './question.ts'
import type { RecursorAddress } from './recursor-address.ts'

/** How one message is sent to another server, and its response awaited. */
export interface Exchange {
  readonly to: RecursorAddress
  readonly transport: Transport
  readonly timeoutMs: number
  readonly clock: Clock
  /** False for a message that is no response to this one: it is passed over, and the wait goes on. */
  readonly accepts: (response: Buffer) => boolean
}

/**
 * Sends a message to a server and resolves with its response. Each one goes out from a port of its own, and messages from
 * anybody else do not get in. Rejects when there is none in time, or the server cannot be reached.
 */
export function exchange(message: Buffer, how: Exchange): Promise<Buffer> {
  return how.transport === 'udp' ? overUdp(message, how) : overTcp(message, how)
}

function overUdp(message: Buffer, { to, timeoutMs, clock, accepts }: Exchange): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(to.host) ? 'udp6' : 'udp4')
    const settle = (then: () => void) => {
      cancel()
      socket.removeAllListeners()
      // What comes after the end is of no interest, errors included.
      socket.on('error', () => {})
      socket.close()
      then()
    }
    const cancel = clock.after(timeoutMs, () => settle(() => reject(new Error(`no response within ${timeoutMs} ms`))))
    socket.on('error', (error) => settle(() => reject(error)))
    socket.on('message', (response) => {
      if (accepts(response)) settle(() => resolve(response))
    })
    socket.connect(to.port, to.host, () => socket.send(message))
  })
}

function overTcp(message: Buffer, { to, timeoutMs, clock, accepts }: Exchange): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: to.host, port: to.port, noDelay: true })
    const settle = (then: () => void) => {
      cancel()
      socket.removeAllListeners()
      socket.on('error', () => {})
      socket.destroy()
      then()
    }
    const cancel = clock.after(timeoutMs, () => settle(() => reject(new Error(`no response within ${timeoutMs} ms`))))
    let received: Buffer = Buffer.alloc(0)
    socket.on('error', (error) => settle(() => reject(error)))
    socket.on('end', () => settle(() => reject(new Error('the connection ended without a response'))))
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      if (received.length < 2 || received.length < received.readUInt16BE(0) + 2) return
      const response = received.subarray(2, received.readUInt16BE(0) + 2)
      settle(accepts(response) ? () => resolve(response) : () => reject(new Error('it answered something else')))
    })
    const length = Buffer.alloc(2)
    length.writeUInt16BE(message.length)
    socket.write(Buffer.concat([length, message]))
  })
}
