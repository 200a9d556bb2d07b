import { EventEmitter, once } from 'node:events'
import { VirtualClock } from '../../../src/testing/virtual-clock.ts'
import type { Endpoint, PushPull, PushPullNode, SwimMessage } from '../core/messages.ts'
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
