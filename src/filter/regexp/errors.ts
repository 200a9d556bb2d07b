import { ProconsulError } from '../../kernel/errors.ts'

/** A pattern that is not RE2 syntax. Consul passes Go's sentence on to the client word for word. */
export class RegexpError extends ProconsulError {
  override readonly code = 'regexp'
  override readonly status = 400

  /** `fault` is Go's name of what is wrong, `part` the piece of the pattern it is about. */
  constructor(fault: string, part: string) {
    super(`error parsing regexp: ${fault}: \`${part}\``)
  }
}
