import { type ConfigNode, formatOrigin, type Origin } from '../../src/kernel/config-tree.ts'
import { ProconsulError } from '../../src/kernel/errors.ts'
import type { KnowsType } from './check-definition.ts'
import { DefinitionError } from './errors.ts'
import { type CheckRequest, readCheckRequest, readServiceRequest, type ServiceRequest } from './service-definition.ts'

/** The parts of a configuration that define services and checks, as written. */
export interface DefinitionOptions {
  readonly service: ConfigNode | undefined
  readonly services: ConfigNode | undefined
  readonly check: ConfigNode | undefined
  readonly checks: ConfigNode | undefined
}

/** A definition and where it stands, for whoever finds something wrong with it. */
export interface Defined<T> {
  readonly request: T
  readonly key: string
  readonly origin: Origin
}

export interface Definitions {
  readonly services: readonly Defined<ServiceRequest>[]
  readonly checks: readonly Defined<CheckRequest>[]
}

/** Reads every definition of a configuration. Throws a DefinitionError that names file and line. */
export function readDefinitions(options: DefinitionOptions, knows: KnowsType): Definitions {
  const read = <T>(key: 'service' | 'services' | 'check' | 'checks', parse: (written: unknown) => T): Defined<T>[] =>
    blocksOf(options[key]).map((node) => {
      const { origin } = node
      if (node.kind !== 'object') throw definitionError({ key, origin }, 'must be a block')
      try {
        return { key, origin, request: parse(plainDefinition(node)) }
      } catch (error) {
        throw definitionError({ key, origin }, error)
      }
    })
  const service = (written: unknown) => readServiceRequest(written, knows, { unknown: 'refuse' })
  const check = (written: unknown) => readCheckRequest(written, knows, { unknown: 'refuse' })
  return {
    services: [...read('service', service), ...read('services', service)],
    checks: [...read('check', check), ...read('checks', check)],
  }
}

/** What is wrong with a definition, with the place where it stands. */
export function definitionError({ key, origin }: Pick<Defined<unknown>, 'key' | 'origin'>, problem: unknown): unknown {
  const text = typeof problem === 'string' ? problem : problem instanceof ProconsulError ? problem.message : undefined
  // Anything else is a bug of ours, and not the operator's to correct.
  if (text === undefined) return problem
  const sentence = text.replace(/^Request decode failed: /, '').trimEnd()
  return new DefinitionError(`${formatOrigin(origin)}: ${key}: ${sentence}; correct the definition`)
}

function blocksOf(node: ConfigNode | undefined): readonly ConfigNode[] {
  if (node === undefined || node.kind === 'null') return []
  // Two sources that both have a list add up to a list of lists.
  return node.kind === 'list' ? node.items.flatMap(blocksOf) : [node]
}

/** Members that hold several things even when there is one block of them only. */
const listMembers = new Set(['checks', 'upstreams', 'paths'])

/**
 * Plain values in the shape in which they would come as JSON. HCL cannot tell one block from a list of one, so what
 * stands once where a list belongs becomes one, and the other way round.
 */
function plainDefinition(node: ConfigNode, member = ''): unknown {
  switch (node.kind) {
    case 'null':
      return null
    case 'list': {
      const items = node.items.map((item) => plainDefinition(item))
      const allBlocks = node.items.length > 0 && node.items.every((item) => item.kind === 'object')
      if (listMembers.has(member) || !allBlocks) return items
      return node.repeated || items.length === 1 ? Object.assign({}, ...(items as object[])) : items
    }
    case 'object': {
      const plain: Record<string, unknown> = {}
      for (const [key, { value }] of node.entries) {
        Object.defineProperty(plain, key, {
          value: plainDefinition(value, key.toLowerCase()),
          enumerable: true,
          configurable: true,
          writable: true,
        })
      }
      return listMembers.has(member) ? [plain] : plain
    }
    case 'number':
      return Number.isSafeInteger(node.value) || !/^-?\d+$/.test(node.literal) ? node.value : BigInt(node.literal)
    default:
      return node.value
  }
}
