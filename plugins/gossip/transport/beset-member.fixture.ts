import { ProconsulError } from '../../../src/kernel/errors.ts'
import type { Random } from '../../../src/kernel/random.ts'
import { consulLanConfig } from '../core/config.ts'
import type { Effect } from '../core/effects.ts'
import type { PushPull, SwimMessage } from '../core/messages.ts'
import { Swim } from '../core/swim.ts'
import { consulVersions } from '../core/versions.ts'
import { Keyring } from '../encryption/keyring.ts'
import { consulSerfConfig } from '../serf/config.ts'
import type { SerfOutput } from '../serf/outputs.ts'
import type { ReceivedQuery } from '../serf/received-query.ts'
import { Serf } from '../serf/serf.ts'
import type { Layers } from '../wire/layers.ts'
import { encodeMessage } from '../wire/message.ts'
import { encodePacket } from '../wire/packet.ts'
import { encodePushPull } from '../wire/push-pull.ts'

const from = { address: '127.0.0.1', port: 8301 }

/**
 * A whole member, machines of both layers, without a socket: what was read of hostile input goes through it, and what it
 * answers is encoded. Time passes a little with each input.
 */
export class BesetMember {
  readonly #layers: Layers
  readonly #swim: Swim
  readonly #serf: Serf
  #now = 0

  constructor(random: Random, layers: Layers) {
    this.#layers = layers
    const config = consulLanConfig
    const keyring = new Keyring(layers.keys.keys)
    this.#serf = new Serf({ name: 'me', tags: { role: 'node' }, config: consulSerfConfig(config), random, keyring })
    this.#swim = new Swim({
      name: 'me',
      address: '127.0.0.9',
      port: 8301,
      vsn: consulVersions,
      config,
      random,
      delegate: this.#serf,
      encode: encodeMessage,
    })
    this.#serf.start(this.#swim, 0)
    this.#swim.start(0)
    this.#settle()
  }

  receive(messages: readonly SwimMessage[], passedMs: number): void {
    this.#now += passedMs
    for (const message of messages) this.#swim.receive(message, from, this.#now)
    this.#swim.tick(this.#now)
    this.#serf.tick(this.#now)
    this.#settle()
  }

  merge(view: PushPull): void {
    encodePushPull(this.#swim.localPushPull(view.join))
    this.#swim.mergeRemote(view, view.join, this.#now)
    this.#settle()
  }

  #settle(): void {
    for (;;) {
      const effects: (Effect | SerfOutput)[] = [...this.#swim.take(), ...this.#serf.take()]
      if (effects.length === 0) return
      for (const effect of effects) {
        if (effect.kind === 'packet') encodePacket(effect.parts, effect.crc, this.#layers)
        else if (effect.kind === 'query') this.#answer(effect.query)
      }
    }
  }

  #answer(query: ReceivedQuery): void {
    try {
      this.#serf.respond(query, Buffer.from('answer'), this.#now)
    } catch (error) {
      if (!(error instanceof ProconsulError)) throw error
    }
  }
}
