import { ConfigError } from './errors.ts'

/** What ordering needs to know of a plugin. */
export interface Needs {
  readonly name: string
  readonly provides?: readonly string[] | undefined
  /** Services that must be there. */
  readonly requires?: readonly string[] | undefined
  /** Services that are used when they are there. */
  readonly wants?: readonly string[] | undefined
}

/**
 * Puts every plugin behind the providers of what it needs; ties go by plugin name, so that all agents with the same
 * plugins agree on the order. Throws a ConfigError that names the missing service, the rivals for one, or the circle.
 */
export function orderPlugins<P extends Needs>(plugins: readonly P[]): P[] {
  const providers = new Map<string, P>()
  for (const plugin of plugins) {
    for (const service of plugin.provides ?? []) {
      const rival = providers.get(service)
      if (rival) {
        throw new ConfigError(
          `plugins "${rival.name}" and "${plugin.name}" both provide the service "${service}"; switch one of them off`,
        )
      }
      providers.set(service, plugin)
    }
  }

  const ordered: P[] = []
  const done = new Set<P>()
  const path: P[] = []

  const visit = (plugin: P): void => {
    if (done.has(plugin)) return
    if (path.includes(plugin)) {
      const circle = [...path.slice(path.indexOf(plugin)), plugin].map(({ name }) => name).join(' → ')
      throw new ConfigError(`plugins need one another in a circle: ${circle}`)
    }
    path.push(plugin)
    for (const provider of needed(plugin, providers)) visit(provider)
    path.pop()
    done.add(plugin)
    ordered.push(plugin)
  }

  for (const plugin of [...plugins].sort(byName)) visit(plugin)
  return ordered
}

function needed<P extends Needs>(plugin: P, providers: Map<string, P>): P[] {
  const found = new Set<P>()
  for (const service of plugin.requires ?? []) {
    const provider = providers.get(service)
    if (!provider) {
      throw new ConfigError(
        `plugin "${plugin.name}" needs the service "${service}", which no enabled plugin provides; ` +
          `enable one that does, or switch "${plugin.name}" off`,
      )
    }
    found.add(provider)
  }
  for (const service of plugin.wants ?? []) {
    const provider = providers.get(service)
    if (provider) found.add(provider)
  }
  return [...found].sort(byName)
}

function byName(a: Needs, b: Needs): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}
