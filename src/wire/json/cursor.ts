import { decodePrefix, JsonDecodeError } from '../errors.ts'

export interface JsonOptions {
  /** What to do with fields the struct does not have. Default `ignore`, as most of Consul's endpoints. */
  readonly unknown?: 'ignore' | 'refuse'
  /** Introduces the reason in an error's message; default `Request decode failed: `. */
  readonly prefix?: string
}

/** Nesting deeper than this is refused in JSON that comes from outside. */
export const jsonDepthMax = 64

/** Where in a JSON document the readers are, so that an error can name the field; and the options of the call. */
export class JsonCursor {
  readonly refuseUnknown: boolean
  readonly #prefix: string
  readonly #path: (string | number)[] = []

  constructor(options: JsonOptions = {}) {
    this.refuseUnknown = options.unknown === 'refuse'
    this.#prefix = options.prefix ?? decodePrefix
  }

  /** Steps into a field or list element. Only a successful read needs the `leave` that belongs to it. */
  enter(step: string | number): void {
    if (this.#path.length >= jsonDepthMax) throw this.error(`values are nested more than ${jsonDepthMax} deep`)
    this.#path.push(step)
  }

  leave(): void {
    this.#path.pop()
  }

  /** `Service.Tags[2]`; empty for the document itself. */
  get path(): string {
    let path = ''
    for (const step of this.#path) {
      path += typeof step === 'number' ? `[${step}]` : path === '' ? step : `.${step}`
    }
    return path
  }

  /** For a reason that speaks for itself. */
  error(reason: string): JsonDecodeError {
    return new JsonDecodeError(reason, this.#prefix)
  }

  /** For a value that is not what its field holds: `field "Service.Port" must be a number, not a string`. */
  mismatch(expected: string, value: unknown): JsonDecodeError {
    return this.unfit(`must be ${expected}, not ${describe(value)}`)
  }

  /** For a value whose trouble `problem` describes, as in `must be a whole number`. */
  unfit(problem: string): JsonDecodeError {
    const path = this.path
    return this.error(path === '' ? `the body ${problem}` : `field "${path}" ${problem}`)
  }
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  switch (typeof value) {
    case 'object':
      return 'an object'
    case 'bigint':
      return 'a number'
    default:
      return `a ${typeof value}`
  }
}
