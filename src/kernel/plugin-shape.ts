import type { OptionDeclaration } from './options.ts'
import type { AnyPlugin } from './plugin.ts'

/** True for what may be a plugin at all; {@link shapeProblem} says whether its parts are what they should be. */
export function isPlugin(candidate: unknown): candidate is AnyPlugin {
  const { name, setup } = (candidate ?? {}) as Partial<AnyPlugin>
  return typeof name === 'string' && typeof setup === 'function'
}

/**
 * What is wrong with the declaration of a plugin from outside, where no compiler had a look at it; undefined when nothing
 * is. Better here than as a setting that silently means nothing.
 */
export function shapeProblem(plugin: AnyPlugin): string | undefined {
  const { name, summary, provides, requires, wants, options } = plugin
  if (!/^[A-Za-z][\w-]*$/.test(name)) {
    return `its name ${JSON.stringify(name)} must be letters, digits, - and _, and begin with a letter`
  }
  if (summary !== undefined && typeof summary !== 'string') return 'its summary must be a text'
  for (const [field, services] of Object.entries({ provides, requires, wants })) {
    if (services === undefined) continue
    if (!Array.isArray(services) || !services.every((service) => typeof service === 'string')) {
      return `${field} must be a list of names of services`
    }
  }
  if (options === undefined) return undefined
  if (typeof options !== 'object' || options === null) return 'options must be an object of declarations'
  for (const [option, declaration] of Object.entries(options)) {
    const problem = optionProblem(declaration)
    if (problem !== undefined) return `options.${option} ${problem}`
  }
  return undefined
}

/** In the order of src/kernel/options.ts, where each is explained. */
const optionTypes: Record<OptionDeclaration['type'], true> = {
  text: true,
  path: true,
  integer: true,
  float: true,
  port: true,
  boolean: true,
  duration: true,
  list: true,
  map: true,
  addresses: true,
  any: true,
}

function optionProblem(declaration: unknown): string | undefined {
  if (typeof declaration !== 'object' || declaration === null) return 'must be a declaration: { type, help, … }'
  const { type, help } = declaration as Partial<OptionDeclaration>
  if (typeof type !== 'string' || !Object.hasOwn(optionTypes, type)) {
    return `has the type ${JSON.stringify(type)}; use one of ${Object.keys(optionTypes).join(', ')}`
  }
  return typeof help === 'string' ? undefined : 'needs a help: one sentence for people'
}
