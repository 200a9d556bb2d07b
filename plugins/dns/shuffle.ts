import type { Random } from '../../src/kernel/random.ts'

/** The items in a random order, drawn as far as somebody reads; every order is as likely as every other. */
export function* inRandomOrder<T>(items: readonly T[], random: Random): Generator<T> {
  const left = [...items]
  for (let drawn = 0; drawn < left.length; drawn++) {
    const at = drawn + Math.floor(random.fraction() * (left.length - drawn))
    const item = left[at]!
    left[at] = left[drawn]!
    left[drawn] = item
    yield item
  }
}
