import { goQuote } from './go-text.ts'

const truths = new Set(['1', 't', 'T', 'TRUE', 'true', 'True'])
const untruths = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False'])

/** A boolean in any spelling Go takes, or the words Go refuses it with. */
export function toBool(text: string): boolean | { readonly refusal: string } {
  if (truths.has(text)) return true
  if (untruths.has(text)) return false
  return { refusal: `strconv.ParseBool: parsing ${goQuote(text)}: invalid syntax` }
}

const decimal = /^[+-]?(?:0|[1-9](?:_?\d)*)$/
const prefixed = /^([+-]?)(?:0([xX])(?:_?[\da-fA-F])+|0([bB])(?:_?[01])+|0([oO]?)(?:_?[0-7])+)$/
const digitsMax = 80

/**
 * A 64-bit integer as Go reads its own literals (Go specification, "Integer literals", with a sign): `80`, `0x50`,
 * `0b1010000`, `0o120`, `0120`, `1_000`. Returns the words Go refuses anything else with.
 */
export function toInteger(text: string): bigint | { readonly refusal: string } {
  const refuse = (why: string) => ({ refusal: `strconv.ParseInt: parsing ${goQuote(text)}: ${why}` })
  const hasPrefix = prefixed.test(text)
  if (!hasPrefix && !decimal.test(text)) return refuse('invalid syntax')

  const negative = text.startsWith('-')
  let digits = text.replace(/^[+-]/, '').replaceAll('_', '')
  if (hasPrefix && /^0\d/.test(digits)) digits = `0o${digits.slice(1)}`
  // BigInt takes time quadratic in its digits; no 64-bit number needs this many, leading zeros aside.
  if (digits.length > digitsMax) digits = digits.replace(/^(0[xXbBoO])0+/, '$1').slice(0, digitsMax)
  const value = BigInt(digits) * (negative ? -1n : 1n)
  return BigInt.asIntN(64, value) === value ? value : refuse('value out of range')
}
