import { message } from '../../src/wire/schema.ts'
import { CoordinateBatch } from '../../src/wire/structs/coordinate.ts'

/** A batch as the body of a command, and as a record of a snapshot. */
export const coordinateBatch = { write: CoordinateBatch.write, ...message(CoordinateBatch) }
