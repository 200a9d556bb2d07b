import type { Socket } from 'node:net'
import type { ProconsulError } from '../../kernel/errors.ts'
import { YamuxSession, type YamuxSessionSetup } from './session.ts'

/** Pings and credit are sent to a side that reads nothing, too; one that lets so much of it wait is given up. */
const unsentBytesMax = 8 * 2 ** 20
/** How long a goodbye may take to leave. */
const farewellMs = 1000

/** Runs a yamux session on a connection, which belongs to it from now on: either ends with the other. */
export function yamuxOn(socket: Socket, setup: Omit<YamuxSessionSetup, 'send'>): YamuxSession {
  let corked = false
  const send = (bytes: Buffer) => {
    if (socket.destroyed || socket.writableEnded) return
    if (!corked) {
      // The frames of one turn leave together.
      corked = true
      socket.cork()
      process.nextTick(() => {
        corked = false
        socket.uncork()
      })
    }
    if (!socket.write(bytes)) session.congested(true)
    if (socket.writableLength > unsentBytesMax) session.end('the other side does not read')
  }
  const ended = (error: ProconsulError) => {
    socket.destroySoon()
    const cancel = setup.clock.after(farewellMs, () => socket.destroy())
    socket.once('close', cancel)
    setup.ended(error)
  }
  const session = new YamuxSession({ ...setup, send, ended })
  socket.on('data', (bytes: Buffer) => session.receive(bytes))
  socket.on('drain', () => session.congested(false))
  let trouble: Error | undefined
  socket.on('error', (error) => {
    trouble = error
  })
  socket.on('close', () => session.end(trouble?.message ?? 'EOF', trouble))
  return session
}
