import type { Networks } from '../../src/config/networks.ts'
import { MalformedMsgpackError } from '../../src/wire/errors.ts'
import { type Member, type MemberCandidate, memberStatus, type Pool } from './contract.ts'
import type { Alive, PushPullNode, Versions } from './core/messages.ts'
import { endpointText } from './join-address.ts'
import { decodeTags } from './serf/tags.ts'
import { lanVeto, type OwnClaim, wanVeto } from './vetoes.ts'

export interface DoorkeeperSetup {
  readonly pool: Pool
  readonly own: OwnClaim
  /** Networks that members may have addresses in; all when undefined. */
  readonly allowed: Networks | undefined
  /** The plugins' word (hook `memberMerge`), when any has one; a throw counts as a reason. */
  readonly judge: ((candidate: MemberCandidate) => string | undefined) | undefined
}

/** Decides who may be a member of the pool: the two questions that serf passes on from memberlist. */
export class Doorkeeper {
  readonly #setup: DoorkeeperSetup

  constructor(setup: DoorkeeperSetup) {
    this.#setup = setup
  }

  /** Why one announced member is ignored; undefined when it is not. */
  vetoAlive(alive: Alive): string | undefined {
    return this.#veto([{ ...alive, name: alive.node, left: false }])
  }

  /** Why a whole view is refused. */
  vetoMerge(nodes: readonly PushPullNode[]): string | undefined {
    return this.#veto(nodes.map((node) => ({ ...node, left: node.state === 'left' })))
  }

  #veto(met: readonly Met[]): string | undefined {
    const { pool, own, allowed, judge } = this.#setup
    const claims: { name: string; tags: Readonly<Record<string, string>>; left: boolean }[] = []
    for (const one of met) {
      if (allowed !== undefined && !allowed(one.address)) {
        return `Member '${one.name}' has the address ${endpointText(one)}, which serf_${pool}_allowed_cidrs does not allow`
      }
      const tags = readTags(one.meta)
      if (tags === undefined) return `Member '${one.name}' has tags that cannot be read`
      claims.push({ name: one.name, tags, left: one.left })
    }
    const veto = pool === 'lan' ? lanVeto(own, claims) : wanVeto(claims)
    if (veto !== undefined || judge === undefined) return veto
    for (const [at, one] of met.entries()) {
      const reason = judged(judge, { pool, member: memberOf(one, claims[at]!.tags) })
      if (reason !== undefined) return reason
    }
    return undefined
  }
}

interface Met {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly meta: Buffer
  readonly vsn: Versions
  readonly left: boolean
}

function readTags(meta: Buffer): Readonly<Record<string, string>> | undefined {
  try {
    return decodeTags(meta)
  } catch (error) {
    if (error instanceof MalformedMsgpackError) return undefined
    throw error
  }
}

function judged(judge: NonNullable<DoorkeeperSetup['judge']>, candidate: MemberCandidate): string | undefined {
  try {
    return judge(candidate)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function memberOf({ name, address, port, vsn, left }: Met, tags: Readonly<Record<string, string>>): Member {
  return {
    name,
    address,
    port,
    tags,
    status: left ? memberStatus.left : memberStatus.alive,
    protocol: { min: vsn.pMin, max: vsn.pMax, current: vsn.pCur },
    delegate: { min: vsn.dMin, max: vsn.dMax, current: vsn.dCur },
  }
}
