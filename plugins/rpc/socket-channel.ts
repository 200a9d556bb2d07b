import type { Socket } from 'node:net'
import type { Channel, ChannelHandler } from '../../src/rpc/channel.ts'
import { CallLostError } from '../../src/rpc/errors.ts'

/** More that waits to be consumed, and the other side is not read from. */
const unconsumedBytesMax = 256 * 1024

/** A connection that carries nothing but one channel. */
export class SocketChannel implements Channel {
  readonly #socket: Socket
  #unconsumedBytes = 0

  constructor(socket: Socket) {
    this.#socket = socket
  }

  listen(handler: ChannelHandler): void {
    const socket = this.#socket
    socket.on('data', (bytes: Buffer) => {
      this.#unconsumedBytes += bytes.length
      handler.data(bytes)
      if (this.#unconsumedBytes > unconsumedBytesMax) socket.pause()
    })
    socket.on('end', () => handler.ended())
    socket.on('error', () => {})
    socket.on('close', () => handler.failed(new CallLostError('EOF')))
  }

  write(bytes: Buffer): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes)
  }

  consumed(sizeBytes: number): void {
    this.#unconsumedBytes -= sizeBytes
    if (this.#unconsumedBytes <= unconsumedBytesMax) this.#socket.resume()
  }

  close(): void {
    this.#socket.end()
  }

  reset(): void {
    this.#socket.destroy()
  }
}
