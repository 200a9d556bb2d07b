import type { Endpoint } from './core/messages.ts'
import { JoinFailedError } from './errors.ts'
import { endpointText, parseJoinAddress, type Resolve, resolveJoinAddress } from './join-address.ts'

export interface JoinSetup {
  /** The pool's own port, for addresses that name none. */
  readonly defaultPort: number
  readonly resolve: Resolve
  /** Exchanges full views with the agent there; rejects with the reason. */
  readonly meet: (endpoint: Endpoint) => Promise<void>
}

/**
 * Meets everyone at the addresses, one after the other, as memberlist does: every agent that is met makes the others' words
 * unnecessary, but a partition is only noticed by meeting both sides. Resolves with how many were met.
 *
 * @throws JoinFailedError with every reason, when nobody was
 */
export async function joinAll(
  addresses: readonly string[],
  { defaultPort, resolve, meet }: JoinSetup,
): Promise<number> {
  const reasons: string[] = []
  let met = 0
  for (const address of addresses) {
    const parsed = parseJoinAddress(address)
    if (parsed === undefined) {
      reasons.push(`Failed to resolve ${address}: it is no address`)
      continue
    }
    let endpoints: readonly Endpoint[]
    try {
      endpoints = await resolveJoinAddress(parsed, defaultPort, resolve)
    } catch (error) {
      reasons.push(`Failed to resolve ${address}: ${(error as Error).message}`)
      continue
    }
    for (const endpoint of endpoints) {
      try {
        await meet(endpoint)
        met++
      } catch (error) {
        reasons.push(`Failed to join ${endpointText(endpoint)}: ${(error as Error).message}`)
      }
    }
  }
  if (met === 0) throw new JoinFailedError(reasons)
  return met
}
