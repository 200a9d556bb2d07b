import { utf8FromBinary } from '../../src/wire/json/text.ts'

/** A request's target, split and checked. Paths are binary strings: one character a byte. */
export interface Target {
  /** As it was sent, without the query. */
  readonly raw: string
  /** With its escapes decoded. */
  readonly decoded: string
  /** Behind the `?`, still encoded; `''` without one. */
  readonly query: string
}

/**
 * Splits a request target (RFC 9112 §3.2: origin form, or absolute form whose authority does not matter here). Undefined
 * when it is neither, or an escape of its path is broken; the query is not looked into.
 */
export function parseTarget(url: string): Target | undefined {
  const questionMark = url.indexOf('?')
  const before = questionMark < 0 ? url : url.slice(0, questionMark)
  const raw = before.charCodeAt(0) === 0x2f ? before : pathOfAbsolute(before)
  if (raw === undefined) return undefined
  const decoded = decodePercent(raw)
  if (decoded === undefined) return undefined
  return { raw, decoded, query: questionMark < 0 ? '' : url.slice(questionMark + 1) }
}

function pathOfAbsolute(url: string): string | undefined {
  const match = /^https?:\/\/[^/]+(\/.*)?$/i.exec(url)
  return match ? (match[1] ?? '/') : undefined
}

/** Bytes that escapes stand for, as a binary string; undefined when a `%` is not followed by two hex digits. */
export function decodePercent(encoded: string): string | undefined {
  let at = encoded.indexOf('%')
  if (at < 0) return encoded
  let decoded = ''
  let copied = 0
  while (at >= 0) {
    const hex = encoded.slice(at + 1, at + 3)
    if (!/^[0-9a-f]{2}$/i.test(hex)) return undefined
    decoded += encoded.slice(copied, at) + String.fromCharCode(Number.parseInt(hex, 16))
    copied = at + 3
    at = encoded.indexOf('%', copied)
  }
  return decoded + encoded.slice(copied)
}

const unclean = /\/\/|\/\.\.?(?:\/|$)/

/** True when `cleanPath` would return something else. */
export function isUnclean(path: string): boolean {
  return unclean.test(path)
}

/** The shortest path that means the same: no empty segment, no `.`, no `..`; a final slash stays. */
export function cleanPath(path: string): string {
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  const cleaned = `/${kept.join('/')}`
  return path.endsWith('/') && cleaned !== '/' ? `${cleaned}/` : cleaned
}

/**
 * True when the path shows characters that print nothing (controls, separators other than the space). Consul refuses
 * these before it looks at anything else; bytes that are no UTF-8 pass.
 */
export function hasUnprintable(path: string): boolean {
  return !onlyPrintableAscii.test(path) && !onlyPrintable.test(utf8FromBinary(path))
}

const onlyPrintableAscii = /^[ -~]*$/
const onlyPrintable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u

/** A decoded path as it stands in a `Location` header: all but unreserved characters and `$&+,/:;=@` escaped. */
export function encodePath(path: string): string {
  return path.replace(/[^A-Za-z0-9\-_.~$&+,/:;=@]/g, (byte) => {
    return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  })
}
