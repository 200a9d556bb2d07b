/** What tests of plugins use, ours and those of others: time and chance that do what they are told. */
export { seededRandom } from './seeded-random.ts'
export { VirtualClock } from './virtual-clock.ts'
