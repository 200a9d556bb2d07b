import type { MemberChange } from '../../../plugins/gossip/contract.ts'
import type { SwimConfig } from '../../../plugins/gossip/core/config.ts'
import type { SwimDelegate } from '../../../plugins/gossip/core/delegate.ts'
import type { PacketEffect } from '../../../plugins/gossip/core/effects.ts'
import type { NodeState } from '../../../plugins/gossip/core/node-state.ts'
import type { Swim } from '../../../plugins/gossip/core/swim.ts'
import { consulSerfConfig } from '../../../plugins/gossip/serf/config.ts'
import type { SerfOutput } from '../../../plugins/gossip/serf/outputs.ts'
import { Serf } from '../../../plugins/gossip/serf/serf.ts'
import type { Tags } from '../../../plugins/gossip/serf/tags.ts'
import type { Random } from '../../../src/kernel/random.ts'
import type { Layer, LayerListener, ReconnectEffect } from './layer.ts'

const names = { join: 'joined', leave: 'left', failed: 'dead', update: 'updated', reap: undefined } as const satisfies {
  [K in MemberChange['kind']]: Parameters<LayerListener['changed']>[0] | undefined
}

/** The product's own serf, with intents, clocks, coordinates and all. */
export class SerfLayer implements Layer {
  readonly #serf: Serf
  readonly #listener: LayerListener

  constructor(name: string, config: SwimConfig, tags: Tags, random: Random, listener: LayerListener) {
    this.#serf = new Serf({ name, tags, config: consulSerfConfig(config), random })
    this.#listener = listener
  }

  get delegate(): SwimDelegate {
    return this.#serf
  }

  start(swim: Swim, known: readonly NodeState[], now: number): void {
    this.#serf.start(swim, now)
    for (const state of known) this.#serf.joined(state)
    this.#serf.take()
  }

  fire(event: string): void {
    this.#serf.userEvent('simulated', Buffer.from(event), false)
  }

  beginJoin(): (reached: boolean, now: number) => void {
    const end = this.#serf.beginJoin({ ignoresOldEvents: true })
    return (reached, now) => end(Number(reached), now)
  }

  leave(now: number): void {
    this.#serf.leave(now)
  }

  farewellSent(now: number): void {
    this.#serf.farewellSent(now)
  }

  tick(now: number): void {
    this.#serf.tick(now)
  }

  nextTickAt(): number {
    return this.#serf.nextTickAt()
  }

  take(): (PacketEffect | ReconnectEffect)[] {
    return this.#serf.take().flatMap((output) => this.#effectOf(output) ?? [])
  }

  #effectOf(output: SerfOutput): PacketEffect | ReconnectEffect | undefined {
    switch (output.kind) {
      case 'packet':
      case 'reconnect':
        return output
      case 'userEvent':
        this.#listener.heard(output.payload.toString('latin1'))
        return undefined
      case 'member': {
        const { kind, member } = output.change
        const name = names[kind]
        if (name) this.#listener.changed(name, member.name)
        return undefined
      }
      default:
        return undefined
    }
  }
}
