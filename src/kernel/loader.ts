import { stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { isAbsolute, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError } from './errors.ts'
import type { AnyPlugin } from './plugin.ts'
import { isPlugin, shapeProblem } from './plugin-shape.ts'

/** A plugin and where it came from: `bundled`, or the file it was read from. */
export interface LoadedPlugin {
  readonly plugin: AnyPlugin
  readonly origin: string
}

const indexFiles = ['index.ts', 'index.mts', 'index.js', 'index.mjs']

/**
 * Loads a third-party plugin: a file, a folder with an index file or a package.json, or an npm package that is installed
 * beside `baseDir`. The module's default export is the plugin. Throws a ConfigError that names what was looked for.
 */
export async function loadPlugin(specifier: string, baseDir: string): Promise<LoadedPlugin> {
  const file = looksLikePath(specifier)
    ? await fileOf(resolve(baseDir, specifier), specifier)
    : packageFile(specifier, baseDir)
  let module: { default?: unknown }
  try {
    module = (await import(pathToFileURL(file).href)) as { default?: unknown }
  } catch (cause) {
    throw new ConfigError(`plugin "${specifier}" cannot be loaded from ${file}: ${(cause as Error).message}`, { cause })
  }
  return { plugin: checkShape(module.default, specifier, file), origin: file }
}

function looksLikePath(specifier: string): boolean {
  return specifier.startsWith('.') || isAbsolute(specifier)
}

async function fileOf(path: string, specifier: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  if (!found) throw new ConfigError(`plugin "${specifier}" not found: there is no ${path}`)
  if (!found.isDirectory()) return path
  const manifest = join(path, 'package.json')
  if (await stat(manifest).catch(() => undefined)) return createRequire(manifest).resolve(path)
  for (const name of indexFiles) {
    const candidate = join(path, name)
    if (await stat(candidate).catch(() => undefined)) return candidate
  }
  throw new ConfigError(
    `plugin "${specifier}": the folder ${path} holds neither package.json nor ${indexFiles.join(', ')}`,
  )
}

function packageFile(specifier: string, baseDir: string): string {
  try {
    return createRequire(join(baseDir, 'noop.js')).resolve(specifier)
  } catch (cause) {
    throw new ConfigError(
      `plugin "${specifier}" not found: no such package near ${baseDir}; install it, or give a path that starts with "./"`,
      { cause },
    )
  }
}

function checkShape(candidate: unknown, specifier: string, file: string): AnyPlugin {
  if (!isPlugin(candidate)) {
    throw new ConfigError(
      `plugin "${specifier}": the default export of ${file} is no plugin; export default { name, setup(agent, options) { … } }`,
    )
  }
  const problem = shapeProblem(candidate)
  if (problem !== undefined) {
    throw new ConfigError(`plugin "${specifier}": what ${file} declares cannot be used: ${problem}`)
  }
  return candidate
}
