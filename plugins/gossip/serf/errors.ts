import { ProconsulError } from '../../../src/kernel/errors.ts'

/** A query that serf does not send: too long for a message, or of a name that serf keeps for itself. */
export class QueryRefusedError extends ProconsulError {
  override readonly code = 'query_refused'
}

/** An answer to a query comes twice, too late or too long. Serf's texts. */
export class QueryAnswerRefusedError extends ProconsulError {
  override readonly code = 'query_answer_refused'
}

/** A member has more tags than the others would take from it. Serf's text. */
export class TagsTooLargeError extends ProconsulError {
  override readonly code = 'tags_too_large'

  constructor(limitBytes: number) {
    super(`Encoded length of tags exceeds limit of ${limitBytes} bytes`)
  }
}
