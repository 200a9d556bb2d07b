import type { Random } from '../../src/kernel/random.ts'
import { pick } from './vocabulary.ts'

/** What breaks a reader of HTTP first. */
const splinters = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  '?',
  '%',
  '%00',
  '//',
  '/../',
  '#',
  '"',
  '\u00ff',
  'HTTP/1.0',
  'HTTP/2.0',
  'CONNECT',
  '*',
  'http://y/',
  'Expect: 100-continue\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Content-Length: 0\r\n',
  'Content-Length: 99999999999999999999\r\n',
  'Content-Length: -1\r\n',
  'Upgrade: h2c\r\nConnection: upgrade\r\n',
  'Connection: close\r\n',
  'ffffffffffffffff\r\n',
  '0\r\n\r\n',
  'x'.repeat(300),
  `X-Long: ${'y'.repeat(20_000)}\r\n`,
]

/** The request with a few of its bytes changed, moved, doubled or gone. Latin-1: one character is one byte. */
export function mutated(request: string, random: Random): string {
  let bytes = request
  for (let times = random.below(3); times >= 0; times--) {
    const at = random.below(bytes.length + 1)
    const end = Math.min(bytes.length, at + random.below(12))
    const splinter = pick(random, splinters)
    const changes = [
      () => bytes.slice(0, at) + bytes.slice(end),
      () => bytes.slice(0, at),
      () => bytes.slice(0, at) + splinter + bytes.slice(at),
      () => bytes.slice(0, at) + splinter + bytes.slice(end),
      () => bytes.slice(0, at) + String.fromCharCode(random.below(256)) + bytes.slice(at + 1),
      () => bytes.slice(0, end) + bytes.slice(at),
    ]
    bytes = pick(random, changes)()
  }
  return bytes
}
