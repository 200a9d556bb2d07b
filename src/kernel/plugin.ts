import type { Clock } from './clock.ts'
import type { Hooks } from './hooks.ts'
import type { Logger, LogLevel, LogRecord } from './log.ts'
import type { OptionDeclarations, OptionValues } from './options.ts'
import type { Random } from './random.ts'
import type { ServiceName, Services } from './services.ts'
import type { TaskRecord } from './tasks.ts'

/** Something a plugin opened. Closed in reverse order when the agent stops. */
export type Owned = (() => void | Promise<void>) | { close(): void | Promise<void> }

/**
 * What a plugin sees of the agent it lives in. Services are typed by what the plugin declared: one it did not ask for
 * does not type-check, so the declaration is never out of date.
 */
export interface PluginContext<
  Provided extends ServiceName = never,
  Required extends ServiceName = never,
  Wanted extends ServiceName = never,
  Options extends OptionDeclarations = OptionDeclarations,
> {
  /** The plugin's own name; the name its taps carry. */
  readonly name: string
  readonly hooks: Hooks
  readonly log: Logger
  readonly clock: Clock
  readonly random: Random
  readonly services: {
    /** Offers a service this plugin declared under `provides`. Call it in `setup`. */
    provide<Name extends Provided>(name: Name, service: Services[Name]): void
    /** A service named under `requires`; it is there from the beginning of `setup`. */
    get<Name extends Required>(name: Name): Services[Name]
    /** A service named under `wants`, or undefined when nobody provides it. */
    find<Name extends Wanted>(name: Name): Services[Name] | undefined
  }
  readonly tasks: {
    /** Runs `work` once in the background, until done, `parent` aborts or the agent stops. Returns a cancel function. */
    run(name: string, work: (signal: AbortSignal) => Promise<void>, parent?: AbortSignal): () => void
    /** Runs `work` again and again, `intervalMs` after each end. Returns a cancel function. */
    every(
      name: string,
      intervalMs: number | (() => number),
      work: (signal: AbortSignal) => Promise<void> | void,
      parent?: AbortSignal,
    ): () => void
    /** Every task of the agent. */
    list(): TaskRecord[]
  }
  /** Hands over something opened, to be closed when the agent stops, last opened first closed. */
  own(owned: Owned): void
  /** Called on reload (SIGHUP) with the options read anew; only those marked `reloadable` may differ. */
  onReload(apply: (options: OptionValues<Options>) => void | Promise<void>): void
  /**
   * Has the configuration read anew, as SIGHUP does. Resolves when every plugin has its options; rejects when what was
   * read cannot be used, and then nothing has changed.
   */
  reload(): Promise<void>
  /**
   * Has the agent leave the cluster as an operator's signal does. Resolves when every plugin has left; then the agent stops,
   * which lets requests that are being answered end.
   */
  leave(): Promise<void>
  /** Calls `observer` with each log record from `level` on, also with those too low to be printed. Returns what ends that. */
  followLog(level: LogLevel, observer: (record: LogRecord) => void): () => void
  /** Reports trouble that nobody waits for. */
  fault(where: string, error: unknown): void
  /** Stops the agent at once, because going on would be wrong. */
  fatal(error: unknown): void
}

export interface Plugin<
  Provided extends ServiceName = ServiceName,
  Required extends ServiceName = ServiceName,
  Wanted extends ServiceName = ServiceName,
  Options extends OptionDeclarations = OptionDeclarations,
> {
  /** Unique; names its taps, its log module, its block under `plugins { }` and its errors. */
  readonly name: string
  /** One line for `proconsul plugins`. */
  readonly summary?: string
  readonly provides?: readonly Provided[]
  /** Services it cannot do without; they decide its place in the order. */
  readonly requires?: readonly Required[]
  /** Services it uses when they are there. */
  readonly wants?: readonly Wanted[]
  readonly options?: Options
  /** Connects things: provides services, taps hooks. Files and sockets wait for the `start` hook. */
  setup(agent: PluginContext<Provided, Required, Wanted, Options>, options: OptionValues<Options>): void
}

/** A plugin whose own types are no longer of interest: what lists and the loader hold. */
// biome-ignore lint/suspicious/noExplicitAny: stands for every instance of the type parameters
export type AnyPlugin = Plugin<any, any, any, any>

/**
 * Gives a plugin's declaration its types. Returns it unchanged: outside this repository a plugin may be the plain object
 * itself, with `import type` only.
 */
export function definePlugin<
  const Options extends OptionDeclarations = Record<never, never>,
  const Provided extends ServiceName = never,
  const Required extends ServiceName = never,
  const Wanted extends ServiceName = never,
>(plugin: Plugin<Provided, Required, Wanted, Options>): Plugin<Provided, Required, Wanted, Options> {
  return plugin
}
