import { EventEmitter, once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach } from 'vitest'
import { VirtualClock } from '../../../src/testing/virtual-clock.ts'
import type { Endpoint, Ping, PushPull, PushPullNode, SwimMessage } from '../core/messages.ts'
import { gossipLayers, type LayerOptions, type TransportSetup } from './setup.ts'
import { GossipTransport } from './transport.ts'

/** A transport on loopback that writes down what arrives. */
export class Peer {
  readonly clock = new VirtualClock()
  readonly messages: { readonly message: SwimMessage; readonly from: Endpoint }[] = []
  readonly userMessages: Buffer[] = []
  readonly merged: PushPull[] = []
  readonly refused: string[] = []
  readonly faults: unknown[] = []
  /** What it shows of itself; undefined for a peer that does not answer. */
  view: PushPull | undefined
  #transport: GossipTransport | undefined
  readonly #happened = new EventEmitter()

  /** Listens; `name` is that of the member. */
  static async listen(name: string, options: LayerOptions & Partial<TransportSetup> = {}): Promise<Peer> {
    const peer = new Peer()
    peer.view = { join: false, nodes: [nodeNamed(name)], userState: Buffer.from(`state of ${name}`) }
    const happened = () => peer.#happened.emit('something')
    peer.#transport = await GossipTransport.listen({
      name,
      host: '127.0.0.1',
      port: 0,
      settings: { port: 'ports.serf_lan (-serf-lan-port)', address: 'serf_lan (-serf-lan-bind)' },
      layers: gossipLayers(options),
      tcpTimeoutMs: 10_000,
      clock: peer.clock,
      events: {
        messages(messages, from) {
          peer.messages.push(...messages.map((message) => ({ message, from })))
          happened()
        },
        userMessage(payload) {
          peer.userMessages.push(payload)
          happened()
        },
        answerPushPull: (request) => peer.view && { ...peer.view, join: request.join },
        answeredPushPull(request) {
          peer.merged.push(request)
          happened()
        },
        refused(reason) {
          peer.refused.push(reason)
          happened()
        },
        fault: (error) => {
          peer.faults.push(error)
          happened()
        },
      },
      ...options,
    })
    return peer
  }

  get transport(): GossipTransport {
    return this.#transport!
  }

  get endpoint(): Endpoint {
    return { address: '127.0.0.1', port: this.transport.port }
  }

  /** Resolves once `holds`, which is asked after everything that happens. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await once(this.#happened, 'something')
  }
}

export function nodeNamed(name: string): PushPullNode {
  const vsn = { pMin: 1, pMax: 5, pCur: 2, dMin: 2, dMax: 5, dCur: 4 }
  const meta = Buffer.from('meta')
  return { name, address: '127.0.0.1', port: 8301, meta, vsn, incarnation: 1, state: 'alive' }
}

const opened: { close(): Promise<void> }[] = []

/** A peer that is closed after the test. */
export async function listen(name: string, options: LayerOptions & Partial<TransportSetup> = {}): Promise<Peer> {
  const peer = await Peer.listen(name, options)
  opened.push(peer.transport)
  return peer
}

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

export const key = (byte: number): Buffer => Buffer.alloc(32, byte)
export const nack = (seqNo: number): SwimMessage => ({ type: 'nack', seqNo })
export const ping = (node: string, seqNo = 7): Ping => ({ type: 'ping', seqNo, node })
export const view = (name: string): PushPull => ({
  join: true,
  nodes: [nodeNamed(name)],
  userState: Buffer.from('mine'),
})

/** A bare connection to a peer. */
export async function connected(peer: Peer): Promise<Socket> {
  const socket = connect(peer.transport.port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** Resolves once the connection is over; what still comes is passed over. */
export async function closed(socket: Socket): Promise<void> {
  socket.resume()
  if (!socket.closed) await once(socket, 'close')
}

/** A server that takes connections and says nothing. */
export async function silentServer(): Promise<{ endpoint: Endpoint; connected: Promise<Socket> }> {
  const server = createServer()
  const connected = once(server, 'connection').then(([socket]) => {
    socket.on('error', () => socket.destroy())
    return socket as Socket
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket.on('error', () => socket.destroy())))
  opened.push({
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  })
  return { endpoint: { address: '127.0.0.1', port: (server.address() as { port: number }).port }, connected }
}
