import { PluginFailedError, ProconsulError } from '../kernel/errors.ts'

/** What went wrong, for people: our own errors say it in their message; a bug shows where it happened as well. */
export function describeError(error: unknown): string {
  if (error instanceof ProconsulError) return error.message
  if (error instanceof PluginFailedError) return `${error.message}\n${stackOf(error.cause)}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** Where an error was thrown, without its message. */
function stackOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  return stack.slice(Math.max(0, stack.search(/^ +at /m)))
}
