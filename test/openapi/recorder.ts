import { appendFileSync } from 'node:fs'
import { IncomingMessage, ServerResponse } from 'node:http'
import { definePlugin } from '../../src/kernel/plugin.ts'

/** One request to the agent and its answer. */
export interface Exchange {
  readonly method: string
  readonly url: string
  readonly sent: string
  readonly status: number
  readonly type: string | undefined
  readonly encoding: string | undefined
  readonly body: string
}

/**
 * A plugin that writes every exchange of the agent it is loaded into as a line of JSON to the file that the environment
 * names. It listens at the edge of Node's HTTP server, below everything of ours.
 */
export default definePlugin({
  name: 'exchange-recorder',
  summary: 'writes every HTTP exchange to a file, for tests',
  setup() {
    const file = process.env.EXCHANGES_FILE
    if (file === undefined) return
    const sent = new WeakMap<IncomingMessage, Buffer[]>()
    const push = IncomingMessage.prototype.push
    IncomingMessage.prototype.push = function (chunk: unknown, encoding?: BufferEncoding) {
      if (Buffer.isBuffer(chunk)) sent.set(this, [...(sent.get(this) ?? []), chunk])
      return push.call(this, chunk, encoding)
    }
    const { write, end } = ServerResponse.prototype as unknown as Record<
      'write' | 'end',
      (...args: unknown[]) => unknown
    >
    const told = new WeakMap<ServerResponse, Buffer[]>()
    const keep = (response: ServerResponse, chunk: unknown) => {
      if (typeof chunk !== 'string' && !Buffer.isBuffer(chunk)) return
      told.set(response, [...(told.get(response) ?? []), Buffer.from(chunk as string)])
    }
    const patched = {
      write(this: ServerResponse, ...args: unknown[]) {
        keep(this, args[0])
        return write!.apply(this, args)
      },
      end(this: ServerResponse, ...args: unknown[]) {
        keep(this, args[0])
        const result = end!.apply(this, args)
        const { method = '', url = '' } = this.req
        const exchange: Exchange = {
          method,
          url,
          sent: Buffer.concat(sent.get(this.req) ?? []).toString(),
          status: this.statusCode,
          ...headersOf(this),
          body: Buffer.concat(told.get(this) ?? []).toString(),
        }
        appendFileSync(file, `${JSON.stringify(exchange)}\n`)
        return result
      },
    }
    Object.assign(ServerResponse.prototype, patched)
  },
})

/** Headers given to `writeHead` are not remembered by Node, so they are read from what goes out. */
function headersOf(response: ServerResponse): {
  readonly type: string | undefined
  readonly encoding: string | undefined
} {
  const head = (response as unknown as { readonly _header: string | null })._header ?? ''
  const value = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim()
  return { type: value('content-type'), encoding: value('content-encoding') }
}
