/** Of V8 on a 64-bit machine, as measured; see weight.test.ts, which holds the estimates against a real heap. */
const slotBytes = 8
const objectBytes = 32
const listBytes = 48
const textBytes = 24
/** Of a Buffer, its ArrayBuffer and what stands behind them. */
const bufferBytes = 320
const mapBytes = 200
const entryBytes = 48

/** Of a longer list so many elements are weighed, evenly spread, and stand for all. */
const samplesMax = 16
/** Nothing that is kept lies deeper. */
const depthMax = 8

/**
 * What a value weighs in memory, roughly, in bytes: everything that hangs on it, also what it shares with others. With
 * `ownOnly` frozen objects, which are rows of the store, weigh nothing. Costs little for long lists, as their elements are
 * taken to be alike.
 */
export function weightOf(value: unknown, ownOnly = false): number {
  return weigh(value, ownOnly, depthMax)
}

function weigh(value: unknown, ownOnly: boolean, depth: number): number {
  if (typeof value === 'string') return textBytes + value.length * (isWide(value) ? 2 : 1)
  if (typeof value === 'number') return Number.isInteger(value) ? 0 : 16
  if (typeof value === 'bigint') return 24
  if (typeof value !== 'object' || value === null || depth === 0) return 0
  if (value instanceof Uint8Array) return bufferBytes + value.byteLength
  if (Array.isArray(value)) return listBytes + slotBytes * value.length + weighAll(value, ownOnly, depth)
  if (value instanceof Map) return mapBytes + weighMap(value, ownOnly, depth)
  if (value instanceof Set) return mapBytes + value.size * entryBytes + weighAll([...value], ownOnly, depth)
  if (ownOnly && Object.isFrozen(value)) return 0
  let sizeBytes = objectBytes
  for (const name in value) {
    sizeBytes += slotBytes + weigh((value as Record<string, unknown>)[name], ownOnly, depth - 1)
  }
  return sizeBytes
}

function weighAll(list: readonly unknown[], ownOnly: boolean, depth: number): number {
  const { length } = list
  const samples = Math.min(length, samplesMax)
  let sizeBytes = 0
  for (let at = 0; at < samples; at++) {
    sizeBytes += weigh(list[Math.floor((at * length) / samples)], ownOnly, depth - 1)
  }
  return samples === length ? sizeBytes : Math.ceil((sizeBytes * length) / samples)
}

function weighMap(map: ReadonlyMap<unknown, unknown>, ownOnly: boolean, depth: number): number {
  let sampled = 0
  let sizeBytes = 0
  for (const [key, value] of map) {
    if (sampled === samplesMax) break
    sampled++
    sizeBytes += weigh(key, ownOnly, depth - 1) + weigh(value, ownOnly, depth - 1)
  }
  if (sampled === 0) return 0
  return map.size * entryBytes + Math.ceil((sizeBytes * map.size) / sampled)
}

/** Texts with any character beyond Latin-1 take two bytes for each. */
function isWide(text: string): boolean {
  return /[^\x00-\xff]/.test(text)
}
