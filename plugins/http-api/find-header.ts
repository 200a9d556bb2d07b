import type { IncomingMessage } from 'node:http'

/**
 * A header's value, looked up in the list as it came. For hot paths: `request.headers` would make an object of all of
 * them first. `name` in lower case; of several headers with the name the first.
 */
export function findHeader({ rawHeaders }: IncomingMessage, name: string): string | undefined {
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const candidate = rawHeaders[at]!
    if (candidate.length === name.length && candidate.toLowerCase() === name) return rawHeaders[at + 1]
  }
  return undefined
}
