import type { Kind } from '../../src/wire/schema.ts'

/** A definition with the JSON it was read from, in which checks may have members that only plugins know. */
export interface Sourced<T> {
  readonly definition: T
  readonly source: unknown
}

/** A kind that keeps what it reads. */
export function withSource<T>({ options, shape, ...target }: Kind<T>): Kind<Sourced<T>> {
  return {
    options,
    ...(shape && { shape }),
    zero: () => ({ definition: target.zero(), source: undefined }),
    isEmpty: ({ definition }) => target.isEmpty(definition),
    isZero: ({ definition }) => target.isZero(definition),
    write: (writer, { definition }) => target.write(writer, definition),
    read: (reader) => ({ definition: target.read(reader), source: undefined }),
    writeJson: ({ definition }) => target.writeJson(definition),
    readJson: (source, cursor) => ({ definition: target.readJson(source, cursor), source }),
  }
}
