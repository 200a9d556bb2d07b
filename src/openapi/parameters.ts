import { goQuote } from '../filter/go-text.ts'
import { parseDuration } from '../kernel/duration.ts'
import { ProconsulError } from '../kernel/errors.ts'
import type { QueryParameter } from './operation.ts'
import type { QueryParameters } from './request.ts'

/** A query parameter cannot be what its declaration says. */
export class ParameterError extends ProconsulError {
  override readonly code = 'bad_parameter'
  override readonly status = 400
}

/** A query parameter as its declaration reads it (`ParameterValue`). Throws what the declaration refuses bad ones with. */
export function parameterValue(name: string, declared: QueryParameter, query: QueryParameters): unknown {
  const { type, on, empty } = declared
  if (type === 'list') return query.all(name)
  const written = query.get(name)
  if (type === 'flag') return written !== undefined && (on === undefined || on(written))
  if (written === undefined) {
    if (declared.required) throw refusal(name, declared, 'it is missing', undefined)
    return undefined
  }
  if (type === 'text') return written
  if (written === '' && empty !== 'refused') return empty
  const value = readers[type](written)
  if (typeof value !== 'object') return value
  throw refusal(name, declared, value.problem, written)
}

function refusal(name: string, { refused }: QueryParameter, reason: string, written: string | undefined): Error {
  return refused?.(reason, written) ?? new ParameterError(`Invalid value for ?${name}: ${reason}`)
}

interface Problem {
  /** In the words of Go's parsers. */
  readonly problem: string
}

type Reader = (written: string) => number | bigint | boolean | Problem

const readers: Readonly<Record<Exclude<QueryParameter['type'], 'text' | 'list' | 'flag'>, Reader>> = {
  boolean(written) {
    if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(written)) return true
    if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(written)) return false
    return problem('ParseBool', written, syntax)
  },
  int(written) {
    if (!/^[+-]?\d+$/.test(written)) return problem('Atoi', written, syntax)
    const value = Number(written)
    return Math.abs(value) >= 2 ** 63 ? problem('Atoi', written, range) : value
  },
  uint64: unsigned,
  index(written) {
    const value = unsigned(written)
    return typeof value === 'bigint' ? Number.MAX_SAFE_INTEGER : value
  },
  duration: (written) => parseDuration(written) ?? { problem: `time: invalid duration ${goQuote(written)}` },
}

const syntax = 'invalid syntax'
const range = 'value out of range'

function problem(parser: string, written: string, what: string): Problem {
  return { problem: `strconv.${parser}: parsing ${goQuote(written)}: ${what}` }
}

const uint64Max = 2n ** 64n - 1n
/** 2^64 has twenty digits; longer texts are cut before they are converted. */
const digitsMax = 20

function unsigned(written: string): number | bigint | Problem {
  if (!/^\d+$/.test(written)) return problem('ParseUint', written, syntax)
  const digits = written.length > digitsMax ? written.replace(/^0+(?=.)/, '').slice(0, digitsMax + 1) : written
  const value = BigInt(digits)
  if (value > uint64Max) return problem('ParseUint', written, range)
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value
}
