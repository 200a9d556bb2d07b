import type { Clock } from './clock.ts'
import { ConfigError, PluginFailedError, ProconsulError, ReloadUnavailableError } from './errors.ts'
import { Guard, type TapRecord } from './guard.ts'
import { createHooks, type Fault, type Hooks } from './hooks.ts'
import type { LoadedPlugin } from './loader.ts'
import type { Log, Logger } from './log.ts'
import type { OptionValues } from './options.ts'
import { orderPlugins } from './order.ts'
import type { AnyPlugin, Owned, PluginContext } from './plugin.ts'
import type { Random } from './random.ts'
import { ServiceRegistry, ServiceUnknownError } from './services.ts'
import { type TaskRecord, Tasks } from './tasks.ts'

export interface AgentSetup {
  /** Every plugin that is switched on, in any order. */
  readonly plugins: readonly LoadedPlugin[]
  /** The parsed options of a plugin. */
  readonly optionsOf: (plugin: AnyPlugin) => Record<string, unknown>
  readonly log: Log
  readonly clock: Clock
  readonly random: Random
  /** Told once when a plugin cannot go on; the owner of the agent stops it and exits non-zero. */
  readonly onFatal: (error: unknown) => void
  /** Reads the configuration anew and hands it to `Agent.reload`: what a plugin's `reload` comes to. */
  readonly onReload?: () => Promise<void>
  /** Told when a plugin had the agent leave, and all of it is done; the owner stops it and exits with zero. */
  readonly onLeft?: () => void
}

/** A plugin of a running agent, as `proconsul plugins` shows it. */
export interface PluginRecord {
  readonly name: string
  readonly summary: string
  readonly origin: string
  readonly provides: readonly string[]
  readonly requires: readonly string[]
  readonly wants: readonly string[]
  readonly taps: readonly string[]
}

interface OwnedRecord {
  readonly plugin: string
  readonly owned: Owned
}

type ReloadHandler = (options: OptionValues<never>) => void | Promise<void>

/**
 * An agent's life: set up every plugin in the order of their needs, start them, let them work, leave, stop. Knows
 * plugins, hooks and services, and nothing of what they are for.
 */
export class Agent {
  readonly hooks: Hooks
  readonly services = new ServiceRegistry()
  readonly #guard: Guard
  readonly #log: Logger
  readonly #tasks: Tasks
  readonly #setup: AgentSetup
  readonly #plugins: readonly LoadedPlugin[]
  readonly #owned: OwnedRecord[] = []
  readonly #reloads: { plugin: AnyPlugin; handler: ReloadHandler }[] = []
  #leaving: Promise<void> | undefined
  #stopping: Promise<void> | undefined
  #failed = false

  /** Sets up every plugin; nothing is opened yet. Throws a ConfigError when needs cannot be met. */
  constructor(setup: AgentSetup) {
    this.#setup = setup
    this.#log = setup.log.logger('agent')
    this.#guard = new Guard((fault) => this.#fault(fault))
    this.hooks = createHooks(this.#guard)
    this.#tasks = new Tasks(setup.clock, (fault) => this.#fault(fault))
    this.#plugins = this.#inOrder()
    for (const { plugin } of this.#plugins) this.#guard.admit(plugin.name)
    for (const { plugin } of this.#plugins) this.#setUp(plugin)
    setup.log.observe((record) => this.hooks.log.call(record))
  }

  /** Opens files and sockets, plugin by plugin. When one throws, what is open is closed and the error comes out. */
  async start(): Promise<void> {
    try {
      await this.hooks.start.promise()
    } catch (error) {
      await this.stop()
      throw error
    }
    this.hooks.ready.call()
  }

  /** Leaves gracefully, stage by stage, then stops. Safe to call again. */
  async leave(): Promise<void> {
    await this.#sayGoodbye()
    await this.stop()
  }

  /** Ends tasks, calls `stop` and closes all that plugins own, last opened first. Safe to call again. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  /** Hands each plugin its options read anew. A handler that throws is reported; the others still get theirs. */
  async reload(optionsOf: AgentSetup['optionsOf']): Promise<void> {
    for (const { plugin, handler } of this.#reloads) {
      try {
        await handler(optionsOf(plugin) as OptionValues<never>)
      } catch (error) {
        this.#fault({ plugin: plugin.name, where: 'reload', error })
      }
    }
  }

  /** What is loaded, from where, and what it taps, in the order in which plugins start. */
  plugins(): PluginRecord[] {
    return this.#plugins.map(({ plugin, origin }) => ({
      name: plugin.name,
      summary: plugin.summary ?? '',
      origin,
      provides: plugin.provides ?? [],
      requires: plugin.requires ?? [],
      wants: plugin.wants ?? [],
      taps: tapsOf(plugin.name, this.#guard.taps),
    }))
  }

  tasks(): TaskRecord[] {
    return this.#tasks.list()
  }

  #inOrder(): LoadedPlugin[] {
    const byPlugin = new Map<AnyPlugin, LoadedPlugin>()
    const names = new Map<string, string>()
    for (const loaded of this.#setup.plugins) {
      const { name } = loaded.plugin
      const earlier = names.get(name)
      if (earlier !== undefined) {
        throw new ConfigError(
          `two plugins are named "${name}": one from ${earlier}, one from ${loaded.origin}; rename one or switch it off`,
        )
      }
      names.set(name, loaded.origin)
      byPlugin.set(loaded.plugin, loaded)
    }
    return orderPlugins([...byPlugin.keys()]).map((plugin) => byPlugin.get(plugin)!)
  }

  #setUp(plugin: AnyPlugin): void {
    try {
      plugin.setup(this.#contextFor(plugin), this.#setup.optionsOf(plugin) as never)
    } catch (error) {
      if (error instanceof ProconsulError) throw error
      throw new PluginFailedError(plugin.name, 'setup', error)
    }
    for (const service of plugin.provides ?? []) {
      if (this.services.find(service) === undefined) {
        const problem = new Error(`it declares the service "${service}" but did not provide it`)
        throw new PluginFailedError(plugin.name, 'setup', problem)
      }
    }
  }

  #contextFor(plugin: AnyPlugin): PluginContext<never, never, never> {
    const { name } = plugin
    const { services } = this
    const tasks = this.#tasks
    const declared = new Set<string>([...(plugin.requires ?? []), ...(plugin.wants ?? [])])
    const find = (service: string) => {
      if (!declared.has(service)) {
        throw new ServiceUnknownError(
          `plugin "${name}" asked for the service "${service}" without naming it under requires or wants`,
        )
      }
      return services.find(service)
    }
    const context: PluginContext = {
      name,
      hooks: this.hooks,
      log: this.#log.named(name),
      clock: this.#setup.clock,
      random: this.#setup.random,
      services: {
        provide: (service: string, value: unknown) => services.provide(service, value, name),
        get: (service: string) => {
          const found = find(service)
          if (found === undefined)
            throw new ServiceUnknownError(`the service "${service}" that "${name}" needs is not there`)
          return found as never
        },
        find: (service: string) => find(service) as never,
      },
      tasks: {
        run: (task, work, parent) => tasks.run(name, task, work, parent),
        every: (task, intervalMs, work, parent) => tasks.every(name, task, intervalMs, work, parent),
        list: () => tasks.list(),
      },
      own: (owned) => void this.#owned.push({ plugin: name, owned }),
      onReload: (handler) => void this.#reloads.push({ plugin, handler: handler as ReloadHandler }),
      reload: async () => {
        if (this.#setup.onReload === undefined) throw new ReloadUnavailableError()
        await this.#setup.onReload()
      },
      leave: async () => {
        await this.#sayGoodbye()
        if (this.#setup.onLeft) this.#setup.onLeft()
        else void this.stop()
      },
      followLog: (level, observer) => this.#setup.log.observe(observer, level),
      fault: (where, error) => this.#fault({ plugin: name, where, error }),
      fatal: (error) => this.#fatal(name, error),
    }
    return context as PluginContext<never, never, never>
  }

  #sayGoodbye(): Promise<void> {
    this.#leaving ??= this.hooks.leave.promise()
    return this.#leaving
  }

  async #stop(): Promise<void> {
    await this.#tasks.cancel()
    await this.hooks.stop.promise()
    for (let record = this.#owned.pop(); record; record = this.#owned.pop()) {
      const { plugin, owned } = record
      try {
        await (typeof owned === 'function' ? owned() : owned.close())
      } catch (error) {
        this.#fault({ plugin, where: 'close', error })
      }
    }
  }

  #fault(fault: Fault): void {
    this.#log.error('fault in a plugin', { plugin: fault.plugin, where: fault.where, error: fault.error })
    this.hooks.fault.call(fault)
  }

  #fatal(plugin: string, error: unknown): void {
    if (this.#failed) return
    this.#failed = true
    this.#log.error('stopping, because going on would be wrong', { plugin, error })
    this.#setup.onFatal(error)
  }
}

function tapsOf(plugin: string, taps: readonly TapRecord[]): string[] {
  return [...new Set(taps.filter((tap) => tap.plugin === plugin).map((tap) => tap.hook))].sort()
}
