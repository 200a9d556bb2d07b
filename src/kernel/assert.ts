/** Thrown when something that must be impossible happened. The agent stops on it: a wrong server is worse than a stopped one. */
export class InvariantError extends Error {
  override get name(): string {
    return 'InvariantError'
  }
}

/** Stays on in production. `message` says which invariant broke, in words an operator can put in a bug report. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message)
}
