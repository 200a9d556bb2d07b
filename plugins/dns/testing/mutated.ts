import type { Random } from '../../../src/kernel/random.ts'

/** A message with some octets changed, cut out, repeated or put in, in ways that break formats: lengths and pointers. */
export function mutated(message: Buffer, random: Random): Buffer {
  let octets: Buffer = Buffer.from(message)
  for (let change = 0; change <= random.below(4); change++) {
    if (octets.length === 0) return octets
    const at = random.below(octets.length)
    switch (random.below(6)) {
      case 0:
        octets[at] = random.below(256)
        break
      case 1:
        octets[at]! ^= 1 << random.below(8)
        break
      case 2:
        octets[at] = [0, 1, 63, 64, 0xc0, 0xff][random.below(6)]!
        break
      case 3:
        octets = octets.subarray(0, at)
        break
      case 4:
        octets = Buffer.concat([octets.subarray(0, at), octets.subarray(random.below(octets.length))])
        break
      default:
        octets = Buffer.concat([octets.subarray(0, at), Buffer.from([0xc0, random.below(40)]), octets.subarray(at)])
    }
  }
  return octets
}
