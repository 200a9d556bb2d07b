import { createSocket } from 'node:dgram'
import { serveParent } from '../program.ts'

export type UdpEcho = typeof commands

/** So many answers may be on their way to the system at once. */
const ringSize = 1024

/** Sends every packet back as an answer of given bytes with the packet's first two octets: what dgram can do at best. */
const commands = {
  async listen(answer: Uint8Array): Promise<number> {
    const ring = Array.from({ length: ringSize }, () => Buffer.from(answer))
    let next = 0
    // Node would look up the client's address, which is one already, a turn of the loop later.
    const socket = createSocket({ type: 'udp4', lookup: (host, _options, found) => found(null, host, 4) })
    socket.on('message', (packet, { port, address }) => {
      const own = ring[next++ % ringSize]!
      own[0] = packet[0]!
      own[1] = packet[1]!
      socket.send(own, port, address)
    })
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    socket.setRecvBufferSize(4 * 1024 * 1024)
    return socket.address().port
  },
}

serveParent(commands)
