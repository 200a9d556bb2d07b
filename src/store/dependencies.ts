import { assert } from '../kernel/assert.ts'

/** Something that was computed from keys and goes stale when one of them is touched. */
export interface Dependent {
  invalidate(): void
}

/** What one evaluation read of one table or index. */
interface Part {
  readonly scope: Scope
  readonly keys: readonly string[]
  readonly prefixes: readonly string[]
}

/** What one evaluation read, in a compact and comparable form. */
export type Dependencies = readonly Part[]

/** An evaluation that reads more single keys of a table than this watches the whole table: cheaper, and true enough. */
const keysPerScopeMax = 4096

type Dependents = Dependent | Set<Dependent>

/**
 * Who depends on which keys of one table or index. Touching a key costs one lookup, and one more for each length that
 * a watched prefix has, however many dependents there are.
 */
export class Scope {
  readonly #byKey = new Map<string, Dependents>()
  readonly #byPrefix = new Map<number, Map<string, Dependents>>()

  get isWatched(): boolean {
    return this.#byKey.size > 0 || this.#byPrefix.size > 0
  }

  /** Tells everyone who read this key, or missed it, or listed a prefix it lies under. */
  touch(key: string): void {
    tell(this.#byKey.get(key))
    for (const [length, prefixes] of this.#byPrefix) {
      if (length <= key.length) tell(prefixes.get(key.slice(0, length)))
    }
  }

  add(dependent: Dependent, part: Part): void {
    for (const key of part.keys) enter(this.#byKey, key, dependent)
    for (const prefix of part.prefixes) {
      const sameLength = this.#byPrefix.get(prefix.length) ?? new Map<string, Dependents>()
      this.#byPrefix.set(prefix.length, sameLength)
      enter(sameLength, prefix, dependent)
    }
  }

  remove(dependent: Dependent, part: Part): void {
    for (const key of part.keys) leave(this.#byKey, key, dependent)
    for (const prefix of part.prefixes) {
      const sameLength = this.#byPrefix.get(prefix.length)
      if (sameLength === undefined) continue
      leave(sameLength, prefix, dependent)
      if (sameLength.size === 0) this.#byPrefix.delete(prefix.length)
    }
  }
}

/** Notes what is read while one evaluation runs. */
export class Footprint {
  readonly #parts = new Map<Scope, { keys: Set<string>; prefixes: Set<string> }>()
  #sealed = false

  key(scope: Scope, key: string): void {
    const part = this.#part(scope)
    if (part.prefixes.has('')) return
    part.keys.add(key)
    if (part.keys.size > keysPerScopeMax) this.#all(part)
  }

  prefix(scope: Scope, prefix: string): void {
    const part = this.#part(scope)
    if (part.prefixes.has('')) return
    if (prefix === '' || part.prefixes.size >= keysPerScopeMax) this.#all(part)
    else part.prefixes.add(prefix)
  }

  /** The evaluation is over: whoever still reads through its view has kept something it must not. */
  seal(): Dependencies {
    this.#sealed = true
    return Array.from(this.#parts, ([scope, { keys, prefixes }]) => ({
      scope,
      keys: [...keys],
      prefixes: [...prefixes],
    }))
  }

  #part(scope: Scope): { keys: Set<string>; prefixes: Set<string> } {
    assert(!this.#sealed, 'the view of a live query was read after its read function returned')
    const held = this.#parts.get(scope)
    if (held !== undefined) return held
    const part = { keys: new Set<string>(), prefixes: new Set<string>() }
    this.#parts.set(scope, part)
    return part
  }

  #all(part: { keys: Set<string>; prefixes: Set<string> }): void {
    part.keys.clear()
    part.prefixes.clear()
    part.prefixes.add('')
  }
}

/** Moves a dependent from what it read last time to what it read now. Mostly the two are the same. */
export function rewatch(dependent: Dependent, before: Dependencies, after: Dependencies): Dependencies {
  if (sameDependencies(before, after)) return before
  for (const part of before) part.scope.remove(dependent, part)
  for (const part of after) part.scope.add(dependent, part)
  return after
}

/** Of one table or index that was read, of watching one key of it, and of watching a prefix. */
const partBytes = 150
const keyBytes = 110
const prefixBytes = 200

/** What these weigh, with what the scopes keep for them: an estimate in bytes. */
export function weighDependencies(dependencies: Dependencies): number {
  let sizeBytes = 0
  for (const { keys, prefixes } of dependencies) {
    sizeBytes += partBytes + keyBytes * keys.length + prefixBytes * prefixes.length
    for (const key of keys) sizeBytes += key.length
    for (const prefix of prefixes) sizeBytes += 2 * prefix.length
  }
  return sizeBytes
}

function sameDependencies(a: Dependencies, b: Dependencies): boolean {
  return a.length === b.length && a.every((part, at) => samePart(part, b[at]!))
}

function samePart(a: Part, b: Part): boolean {
  return a.scope === b.scope && sameStrings(a.keys, b.keys) && sameStrings(a.prefixes, b.prefixes)
}

function sameStrings(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, at) => text === b[at])
}

/** One dependent per key is the rule, and a Set for each would weigh more than all else. */
function enter(map: Map<string, Dependents>, key: string, dependent: Dependent): void {
  const held = map.get(key)
  if (held === undefined) map.set(key, dependent)
  else if (held instanceof Set) held.add(dependent)
  else if (held !== dependent) map.set(key, new Set([held, dependent]))
}

function leave(map: Map<string, Dependents>, key: string, dependent: Dependent): void {
  const held = map.get(key)
  if (held === dependent) map.delete(key)
  else if (held instanceof Set) {
    held.delete(dependent)
    if (held.size === 0) map.delete(key)
  }
}

function tell(dependents: Dependents | undefined): void {
  if (dependents === undefined) return
  if (dependents instanceof Set) for (const dependent of dependents) dependent.invalidate()
  else dependents.invalidate()
}
