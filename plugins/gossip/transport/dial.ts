import { connect } from 'node:net'
import type { Endpoint } from '../core/messages.ts'
import { endpointText } from '../join-address.ts'
import type { StreamBody } from '../wire/stream-body.ts'
import { StreamReader } from '../wire/stream-reader.ts'
import { encodeUnit } from '../wire/stream-unit.ts'
import type { TransportCounters } from './counters.ts'
import { GossipDialAbortedError, GossipPeerError, peerUnreachable } from './errors.ts'
import type { TransportSetup } from './setup.ts'

export interface Dial {
  readonly to: Endpoint
  /** Makes what is said once the connection stands. */
  readonly body: () => Buffer
  /** How long connecting may take, and again the exchange. */
  readonly timeoutMs: number
  /** Each of them gives the dial up. */
  readonly signals: readonly AbortSignal[]
}

type DialContext = Pick<TransportSetup, 'layers' | 'clock'> & { readonly counters: TransportCounters }

/**
 * One exchange with another member: says `body` and resolves with the answer (protocol/gossip.md §4.1).
 *
 * @throws GossipPeerError, GossipStreamError, GossipDialAbortedError
 */
export function dial(
  { to, body, timeoutMs, signals }: Dial,
  { layers, clock, counters }: DialContext,
): Promise<StreamBody> {
  const { promise, resolve, reject } = Promise.withResolvers<StreamBody>()
  const address = endpointText(to)
  if (signals.some(({ aborted }) => aborted)) return Promise.reject(new GossipDialAbortedError(address))
  counters.streamsOut++
  const reader = new StreamReader(layers, false)
  const socket = connect({ host: to.address, port: to.port, noDelay: true })
  const timeout = () => fail(new GossipPeerError(`dial tcp ${address}: i/o timeout`))
  const abort = () => fail(new GossipDialAbortedError(address))
  let stopClock = clock.after(timeoutMs, timeout)
  for (const signal of signals) signal.addEventListener('abort', abort)

  function end(): void {
    stopClock()
    for (const signal of signals) signal.removeEventListener('abort', abort)
    socket.destroy()
  }
  function fail(error: unknown): void {
    end()
    reject(error)
  }
  socket.once('connect', () => {
    stopClock()
    stopClock = clock.after(timeoutMs, timeout)
    try {
      const unit = encodeUnit(body(), layers)
      const words = layers.label.length === 0 ? unit : Buffer.concat([layers.label, unit])
      counters.streamBytesOut += words.length
      socket.write(words)
    } catch (error) {
      fail(error)
    }
  })
  socket.on('data', (piece: Buffer) => {
    counters.streamBytesIn += piece.length
    try {
      const said = reader.push(piece)
      if (said === undefined) return
      end()
      resolve(said)
    } catch (error) {
      fail(error)
    }
  })
  socket.on('error', (error) => fail(peerUnreachable(address, error)))
  socket.once('close', () => fail(new GossipPeerError(`${address} closed the connection without an answer`)))
  return promise
}
