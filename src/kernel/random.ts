import { randomInt, randomUUID } from 'node:crypto'

/** Source of chance for everything that is not a pure function of its arguments. Tests supply a seeded one. */
export interface Random {
  /** A number in [0, 1). */
  fraction(): number
  /** An integer in [0, limit). `limit` is at least 1. */
  below(limit: number): number
  /** A random (version 4) UUID in lower case. */
  uuid(): string
}

export const systemRandom: Random = {
  fraction: () => Math.random(),
  below: (limit) => randomInt(limit),
  uuid: () => randomUUID(),
}
