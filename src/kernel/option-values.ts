import { dirname, resolve } from 'node:path'
import { assert } from './assert.ts'
import { type ConfigNode, type ConfigObject, describeNode, formatOrigin, type Origin } from './config-tree.ts'
import { parseDuration } from './duration.ts'
import { type OptionDeclaration, type OptionDeclarations, type OptionValues, optionKey } from './options.ts'

/** One thing wrong with what the operator wrote. */
export interface ConfigProblem {
  readonly origin: Origin
  /** Dotted key, or empty when the trouble is not with one. */
  readonly key: string
  /** What is wrong, and after a semicolon what to do. */
  readonly message: string
}

/** `agent.hcl:3:7: ports.dns: must be …` */
export function formatProblem({ origin, key, message }: ConfigProblem): string {
  return [formatOrigin(origin), ...(key === '' ? [] : [key]), message].join(': ')
}

export interface ParsedOptions<D extends OptionDeclarations> {
  /** A setting that has a problem has its default here. */
  readonly values: OptionValues<D>
  readonly problems: readonly ConfigProblem[]
}

/**
 * Reads one owner's options from the merged tree, in which each stands under its exact key and repeated blocks are one
 * (src/config/settings.ts makes it so). `dev` picks the defaults of `-dev`.
 */
export function parseOptions<const D extends OptionDeclarations>(
  ownerName: string,
  declarations: D,
  tree: ConfigObject,
  { dev = false }: { readonly dev?: boolean } = {},
): ParsedOptions<D> {
  const problems: ConfigProblem[] = []
  const values: Record<string, unknown> = {}
  for (const [name, declaration] of Object.entries(declarations)) {
    const key = optionKey(ownerName, name, declaration)
    const written = findNode(tree, key)
    if (written && written.kind !== 'null') {
      const read = readNode(declaration, written)
      if ('value' in read) {
        values[name] = read.value
        continue
      }
      problems.push({ origin: read.at?.origin ?? written.origin, key, message: read.problem })
    }
    values[name] = defaultValue(declaration, key, dev)
  }
  return { values: values as OptionValues<D>, problems }
}

/** Consul's one key with a dot in a segment, `disable_compat_1.9`, is why a dot before a digit does not divide. */
export function keySegments(key: string): string[] {
  return key.split(/\.(?=\D)/)
}

/** The node under an exact dotted key. */
export function findNode(tree: ConfigObject, key: string): ConfigNode | undefined {
  let node: ConfigNode | undefined = tree
  for (const segment of keySegments(key)) {
    if (node?.kind !== 'object') return undefined
    node = node.entries.get(segment)?.value
  }
  return node
}

const noOrigin: Origin = { file: 'default', line: 0, column: 0 }

function defaultValue(declaration: OptionDeclaration, key: string, dev: boolean): unknown {
  const written = dev && declaration.devDefault !== undefined ? declaration.devDefault : declaration.default
  if (written === undefined) {
    if (declaration.type === 'list' || declaration.type === 'addresses') return []
    return declaration.type === 'map' ? {} : undefined
  }
  if (typeof written === 'object' || declaration.type === 'path') return written
  const node =
    typeof written === 'number'
      ? ({ kind: 'number', value: written, literal: String(written), origin: noOrigin } as const)
      : ({ kind: typeof written === 'string' ? 'text' : 'boolean', value: written, origin: noOrigin } as ConfigNode)
  const read = readNode(declaration, node)
  assert('value' in read, `The default of option ${key} must be a value the option accepts.`)
  return read.value
}

type Read = { readonly value: unknown } | { readonly problem: string; readonly at?: ConfigNode }

function readNode(declaration: OptionDeclaration, node: ConfigNode): Read {
  switch (declaration.type) {
    case 'any':
      return { value: node }
    case 'text':
      return readText(node, declaration.choices)
    case 'path':
      return readPath(node, declaration.key !== undefined)
    case 'integer':
    case 'float':
      return readNumber(declaration, node)
    case 'port':
      return readPort(node)
    case 'boolean':
      return readBoolean(node)
    case 'duration':
      return readDuration(declaration, node)
    case 'list':
      return readList(node)
    case 'map':
      return readMap(node)
    case 'addresses':
      return readAddresses(node)
  }
}

function readText(node: ConfigNode, choices?: readonly string[]): Read {
  if (node.kind !== 'text') return { problem: `must be a string, not ${describeNode(node)}; put it in double quotes` }
  if (!choices) return { value: node.value }
  const choice = choices.find((word) => word.toLowerCase() === node.value.toLowerCase())
  if (choice !== undefined) return { value: choice }
  return { problem: `${quote(node.value)} is not one of its values; use ${choices.map(quote).join(', ')}` }
}

/** Consul's own keys count from the working directory, as they do there; a plugin's options from the file they stand in. */
function readPath(node: ConfigNode, consulKey: boolean): Read {
  const read = readText(node)
  if ('problem' in read || node.kind !== 'text' || node.value === '') return read
  const inFile = node.origin.line > 0 && !consulKey
  return { value: inFile ? resolve(dirname(node.origin.file), node.value) : resolve(node.value) }
}

function readNumber(
  { type, min = -Infinity, max = Infinity }: OptionDeclaration & { type: 'integer' | 'float' },
  node: ConfigNode,
): Read {
  if (node.kind !== 'number') return { problem: `must be a number, not ${describeNode(node)}; write it without quotes` }
  if (type === 'integer' && !Number.isSafeInteger(node.value)) {
    return { problem: `${node.literal} is not a whole number of at most 16 digits; write one` }
  }
  if (!Number.isFinite(node.value)) return { problem: `${node.literal} is too large; write a smaller number` }
  if (node.value >= min && node.value <= max) return { value: node.value }
  return { problem: `${node.literal} is out of range; ${rangeAdvice(min, max)}` }
}

function rangeAdvice(min: number | string, max: number | string): string {
  if (max === Infinity) return `use ${min} or more`
  if (min === -Infinity) return `use ${max} or less`
  return `use ${min} to ${max}`
}

function readPort(node: ConfigNode): Read {
  if (node.kind !== 'number') return { problem: `must be a port number, not ${describeNode(node)}` }
  if (!Number.isInteger(node.value) || node.value > 65535) {
    return { problem: `${node.literal} is not a port; use 1 to 65535, or -1 for off` }
  }
  return { value: node.value <= 0 ? -1 : node.value }
}

function readBoolean(node: ConfigNode): Read {
  if (node.kind === 'boolean') return { value: node.value }
  return { problem: `must be true or false, not ${describeNode(node)}; write it without quotes` }
}

function readDuration({ min, max }: { readonly min?: string; readonly max?: string }, node: ConfigNode): Read {
  const advice = 'write a number with its unit, like "10s", "1m30s" or "500ms"'
  if (node.kind !== 'text') return { problem: `must be a duration, not ${describeNode(node)}; ${advice}` }
  const durationMs = parseDuration(node.value)
  if (durationMs === undefined) return { problem: `${quote(node.value)} is not a duration; ${advice}` }
  const minMs = min === undefined ? -Infinity : parseDuration(min)
  const maxMs = max === undefined ? Infinity : parseDuration(max)
  assert(minMs !== undefined && maxMs !== undefined, 'The limits of a duration option must be durations.')
  if (durationMs >= minMs && durationMs <= maxMs) return { value: durationMs }
  return { problem: `${quote(node.value)} is out of range; ${rangeAdvice(min ?? -Infinity, max ?? Infinity)}` }
}

function readList(node: ConfigNode): Read {
  if (node.kind === 'text') return { value: [node.value] }
  if (node.kind !== 'list') return { problem: `must be a list of strings, not ${describeNode(node)}` }
  const texts: string[] = []
  for (const item of node.items) {
    if (item.kind !== 'text') return { problem: `must hold strings only, not ${describeNode(item)}`, at: item }
    texts.push(item.value)
  }
  return { value: texts }
}

function readMap(node: ConfigNode): Read {
  if (node.kind !== 'object') return { problem: `must be a block of names and strings, not ${describeNode(node)}` }
  const texts: Record<string, string> = Object.create(null)
  for (const [name, { value }] of node.entries) {
    if (value.kind !== 'text')
      return { problem: `${quote(name)} must be a string, not ${describeNode(value)}`, at: value }
    texts[name] = value.value
  }
  return { value: texts }
}

/** Bounds the search for template ends, which is quadratic in an absurd text. */
const longestAddresses = 4096

/** Spaces divide addresses, except inside a template: `{{ GetInterfaceIP "eth0" }} 127.0.0.1` is two. */
function readAddresses(node: ConfigNode): Read {
  const read = readText(node)
  if ('problem' in read || node.kind !== 'text') return read
  if (node.value.length > longestAddresses) return { problem: `is longer than ${longestAddresses} characters` }
  return { value: node.value.match(/(?:\{\{.*?\}\}|\S)+/gs) ?? [] }
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
