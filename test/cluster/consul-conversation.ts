import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'

/**
 * What a real Consul agent says on the server port, byte for byte as it was recorded (test/vectors), and what came back.
 * Nothing of our own codecs is used, so that a mistake in them cannot hide itself.
 */

interface Vector {
  readonly name: string
  readonly bytes_hex: string
}

const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL('../vectors/server-vectors.json', import.meta.url), 'utf8'),
)

/** `rpc/KVS.Get/request`. */
export function recorded(name: string): Buffer {
  const vector = vectors.find((one) => one.name === name)
  if (vector === undefined) throw new Error(`no vector is named ${name}`)
  return Buffer.from(vector.bytes_hex, 'hex')
}

/** A msgpack value with the form it had on the wire: nil is not an empty list, and 1.0 is not 1. */
export type WireValue =
  | { readonly kind: 'nil' }
  | { readonly kind: 'bool' | 'int' | 'float' | 'text' | 'time'; readonly value: string }
  | { readonly kind: 'list'; readonly items: readonly WireValue[] }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, WireValue> }

/** Reads the values that stand one behind the other; undefined when the last of them is not complete. */
export function wireValues(bytes: Buffer): WireValue[] | undefined {
  const values: WireValue[] = []
  let at = 0
  const take = (length: number) => {
    if (at + length > bytes.length) throw new RangeError('incomplete')
    at += length
    return bytes.subarray(at - length, at)
  }
  const uint = (length: number) => BigInt(`0x${take(length).toString('hex')}`)
  const text = (length: number): WireValue => {
    const raw = take(length)
    // Times are raw strings of 15 bytes that begin with their version (protocol/servers.md §3).
    const kind = length === 15 && raw[0] === 1 ? 'time' : 'text'
    return { kind, value: raw.toString('latin1') }
  }
  const list = (count: number): WireValue => ({ kind: 'list', items: Array.from({ length: count }, next) })
  const map = (count: number): WireValue => {
    const pairs = Array.from({ length: count }, () => {
      const key = next()
      return [key.kind === 'text' ? key.value : '', next()] as const
    })
    return { kind: 'map', entries: new Map(pairs) }
  }
  const int = (value: bigint | number): WireValue => ({ kind: 'int', value: String(value) })
  function next(): WireValue {
    const byte = take(1)[0]!
    if (byte < 0x80) return int(byte)
    if (byte >= 0xe0) return int(byte - 256)
    if (byte < 0x90) return map(byte & 15)
    if (byte < 0xa0) return list(byte & 15)
    if (byte < 0xc0) return text(byte & 31)
    if (byte === 0xc0) return { kind: 'nil' }
    if (byte === 0xc2 || byte === 0xc3) return { kind: 'bool', value: String(byte === 0xc3) }
    if (byte === 0xca) return { kind: 'float', value: String(take(4).readFloatBE()) }
    if (byte === 0xcb) return { kind: 'float', value: String(take(8).readDoubleBE()) }
    if (byte >= 0xcc && byte <= 0xcf) return int(uint(1 << (byte - 0xcc)))
    if (byte >= 0xd0 && byte <= 0xd3) {
      const length = 1 << (byte - 0xd0)
      return int(BigInt.asIntN(8 * length, uint(length)))
    }
    if (byte === 0xda) return text(Number(uint(2)))
    if (byte === 0xdb) return text(Number(uint(4)))
    if (byte === 0xdc) return list(Number(uint(2)))
    if (byte === 0xde) return map(Number(uint(2)))
    throw new Error(`servers never send the byte ${byte.toString(16)} (protocol/servers.md §3)`)
  }
  try {
    while (at < bytes.length) values.push(next())
    return values
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const windowBytes = 262_144
const types = ['data', 'window update', 'ping', 'go away']
const flagNames = ['SYN', 'ACK', 'FIN', 'RST']

/** A yamux session as Consul's agents open it, written frame by frame (protocol/servers.md §2), with one stream. */
export class ConsulCaller {
  readonly #socket: Socket
  #input = Buffer.alloc(0)
  #reply = Buffer.alloc(0)
  #settle: ((error?: Error) => void) | undefined
  /** All frames that came: `window update, ACK`, `data`. */
  readonly frames: string[] = []

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => this.#received(bytes))
    socket.on('close', () => this.#settle?.(new Error('the server closed the connection')))
    socket.on('error', () => {})
  }

  static async open(port: number): Promise<ConsulCaller> {
    const socket = connect(port, '127.0.0.1')
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    const caller = new ConsulCaller(socket)
    socket.write(Buffer.of(4))
    caller.#frame(1, 1, 1, 0)
    return caller
  }

  /** Sends a request and gives header and body of its reply. The stream takes one after the other. */
  async ask(request: Buffer): Promise<readonly [header: WireValue, body: WireValue]> {
    this.#reply = Buffer.alloc(0)
    this.#frame(0, 0, 1, request.length, request)
    for (;;) {
      const values = wireValues(this.#reply)
      if (values?.length === 2) return values as [WireValue, WireValue]
      await new Promise<void>((resolve, reject) => {
        this.#settle = (error) => (error === undefined ? resolve() : reject(error))
      })
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  #frame(type: number, flags: number, stream: number, length: number, body: Buffer = Buffer.alloc(0)): void {
    const head = Buffer.alloc(12)
    head[1] = type
    head.writeUInt16BE(flags, 2)
    head.writeUInt32BE(stream, 4)
    head.writeUInt32BE(length, 8)
    this.#socket.write(Buffer.concat([head, body]))
  }

  #received(bytes: Buffer): void {
    this.#input = Buffer.concat([this.#input, bytes])
    while (this.#input.length >= 12) {
      const type = this.#input[1]!
      const flags = this.#input.readUInt16BE(2)
      const length = this.#input.readUInt32BE(8)
      const end = type === 0 ? 12 + length : 12
      if (this.#input.length < end) break
      this.frames.push([types[type], ...flagNames.filter((_, bit) => flags & (1 << bit))].join(', '))
      if (type === 2 && flags === 1) this.#frame(2, 2, 0, length)
      if (type === 0) {
        this.#reply = Buffer.concat([this.#reply, this.#input.subarray(12, end)])
        if (this.#reply.length > windowBytes / 2) this.#frame(1, 0, 1, length)
      }
      this.#input = this.#input.subarray(end)
    }
    this.#settle?.()
  }
}
