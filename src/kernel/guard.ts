import { PluginFailedError, ProconsulError } from './errors.ts'
import type { Fault } from './hooks.ts'

interface Tapped {
  name: string
  type: string
  // biome-ignore lint/complexity/noBannedTypes: tapable's own type for a tap's function
  fn: Function
  stage?: number
}

interface Interceptable {
  readonly name: string | undefined
  // biome-ignore lint/suspicious/noExplicitAny: tapable's interceptor type is not exported
  intercept(interceptor: any): void
}

type Kind = 'observer' | 'backwards' | 'decider' | 'starter' | 'raw'

/** One tap as `proconsul plugins` shows it. */
export interface TapRecord {
  readonly plugin: string
  readonly hook: string
}

/** A tap carries a name no plugin has: its errors could not be told to anybody. */
export class UnknownTapError extends Error {}

/**
 * Stands between hooks and taps: checks that each tap belongs to a loaded plugin, records it, keeps a throwing observer
 * from hurting its caller, names the plugin whose bug ends the start, and silences the taps of a plugin that was
 * switched off (tapable has no un-tap).
 */
export class Guard {
  readonly taps: TapRecord[] = []
  readonly #plugins = new Set<string>()
  readonly #off = new Set<string>()
  readonly #report: (fault: Fault) => void

  constructor(report: (fault: Fault) => void) {
    this.#report = report
  }

  /** Makes a plugin's name valid as the name of a tap. */
  admit(plugin: string): void {
    this.#plugins.add(plugin)
  }

  /** From now on the plugin's taps do nothing. */
  switchOff(plugin: string): void {
    this.#off.add(plugin)
  }

  readonly observer = <H extends Interceptable>(hook: H): H => this.#watch(hook, 'observer')
  /** An observer whose taps run last tapped first, as things that were opened are closed. */
  readonly backwards = <H extends Interceptable>(hook: H): H => this.#watch(hook, 'backwards')
  readonly decider = <H extends Interceptable>(hook: H): H => this.#watch(hook, 'decider')
  /** A decider whose throw ends the start of the agent. */
  readonly starter = <H extends Interceptable>(hook: H): H => this.#watch(hook, 'starter')
  readonly raw = <H extends Interceptable>(hook: H): H => this.#watch(hook, 'raw')

  #watch<H extends Interceptable>(hook: H, kind: Kind): H {
    const name = hook.name ?? 'unnamed'
    hook.intercept({
      register: (tap: Tapped) => {
        if (!this.#plugins.has(tap.name)) {
          throw new UnknownTapError(`a tap on the hook "${name}" is named "${tap.name}"; name it after its plugin`)
        }
        this.taps.push({ plugin: tap.name, hook: name })
        if (kind === 'raw') return tap
        const stage = kind === 'backwards' ? -this.taps.length : tap.stage
        return {
          ...tap,
          ...(stage === undefined ? {} : { stage }),
          fn: tap.type === 'promise' ? this.#promising(tap, name, kind) : this.#calling(tap, name, kind),
        }
      },
    })
    return hook
  }

  #calling(tap: Tapped, hook: string, kind: Kind) {
    return (...args: unknown[]) => {
      if (this.#off.has(tap.name)) return undefined
      try {
        return tap.fn(...args)
      } catch (error) {
        return this.#caught(tap.name, hook, kind, error)
      }
    }
  }

  #promising(tap: Tapped, hook: string, kind: Kind) {
    return async (...args: unknown[]) => {
      if (this.#off.has(tap.name)) return undefined
      try {
        return await tap.fn(...args)
      } catch (error) {
        return this.#caught(tap.name, hook, kind, error)
      }
    }
  }

  #caught(plugin: string, hook: string, kind: Kind, error: unknown): undefined {
    if (kind === 'decider') throw error
    if (kind === 'starter') {
      const known = error instanceof ProconsulError || error instanceof PluginFailedError
      throw known ? error : new PluginFailedError(plugin, hook, error)
    }
    this.#report({ plugin, where: hook, error })
    return undefined
  }
}
