import type { Random } from '../kernel/random.ts'

/** The same seed gives the same sequence on every machine (splitmix32; not for secrets). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }
  const fraction = () => next() / 2 ** 32
  const hex = () => next().toString(16).padStart(8, '0')
  return {
    fraction,
    below: (limit) => Math.floor(fraction() * limit),
    uuid() {
      const digits = hex() + hex() + hex() + hex()
      const variant = '89ab'[next() & 3]
      return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20, 32)}`
    },
  }
}
