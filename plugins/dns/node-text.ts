import { type DnsRecord, textRecord } from './records.ts'

/** Keys with this prefix show their value alone. */
const rawPrefix = 'rfc1035-'

/** A node's metadata as TXT records: one `key=value` each (RFC 1464), or the value alone. */
export function metaRecords(name: string, ttl: number, meta: Readonly<Record<string, string>>): DnsRecord[] {
  return Object.entries(meta).map(([key, value]) =>
    textRecord(name, ttl, Buffer.from(key.toLowerCase().startsWith(rawPrefix) ? value : attribute(key, value), 'utf8')),
  )
}

/** RFC 1464 §2: a backquote quotes itself, `=`, and blanks at the ends of the key. */
function attribute(key: string, value: string): string {
  const quoted = key
    .replaceAll('`', '``')
    .replaceAll('=', '`=')
    .replace(/^ +| +$/g, (blanks) => '` '.repeat(blanks.length))
  return `${quoted}=${value.replaceAll('`', '``')}`
}
