import { ProconsulError } from '../../src/kernel/errors.ts'
import { MethodNotAllowedError } from './errors.ts'

/** What an error is answered with. */
export interface ErrorReply {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: string
}

const textType = ['Content-Type', 'text/plain; charset=utf-8']

/**
 * Expected trouble keeps its status and sentence, as text without a final newline. Anything else is a bug: `report` gets
 * it, and the client learns only that it happened.
 */
export function replyToError(error: unknown, report: (error: unknown) => void): ErrorReply {
  if (!(error instanceof ProconsulError)) {
    report(error)
    return { status: 500, headers: textType, body: 'Internal error: the agent has logged what happened' }
  }
  const { status, message } = error
  if (error instanceof MethodNotAllowedError) {
    return { status, headers: [...textType, 'Allow', error.allow], body: message }
  }
  return { status, headers: message === '' ? [] : textType, body: message }
}
