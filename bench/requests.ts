/** The bytes of a request as the load generators send them. The host has the same length on every server. */
export function requestBytes(method: string, path: string, body = ''): Buffer {
  const length = body === '' ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`
  return Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${length}\r\n${body}`)
}

/** PUTs of 128-byte values to `keys` different keys. */
export function putRequests(keys: number): Buffer[] {
  return Array.from({ length: keys }, (_, key) => requestBytes('PUT', `/v1/kv/bench/${key}`, value(key)))
}

/** 128 bytes that differ from key to key. */
export function value(key: number): string {
  return `value of key ${key} `.padEnd(128, 'abcdefghijklmnopqrstuvwxyz0123456789')
}
