import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { OpenApiDocument } from '../../src/openapi/document.ts'
import { eventually, scratchDir } from '../../test/cluster/agent-process.ts'
import { type Server, startServer } from '../../test/cluster/server.ts'
import type { Held } from './memory-plugin.ts'

const memoryPlugin = fileURLToPath(new URL('memory-plugin.ts', import.meta.url))

/** A server as a process of its own, which requests may do anything to. */
export class AttackedAgent {
  readonly #server: Server
  readonly #dir: ReturnType<typeof scratchDir>

  private constructor(server: Server, dir: ReturnType<typeof scratchDir>) {
    this.#server = server
    this.#dir = dir
  }

  static async start(): Promise<AttackedAgent> {
    const dir = scratchDir()
    // Requests that wait are many and all come from here.
    const limits = '-hcl=limits { http_max_conns_per_client = 2000 }'
    const args = ['-node=attacked', `-plugin=${memoryPlugin}`, limits]
    const server = await startServer({ dataDir: dir.path, args })
    return new AttackedAgent(server, dir)
  }

  get port(): number {
    return this.#server.ports.http
  }

  document(): Promise<OpenApiDocument> {
    return this.#server.json('/v1/openapi.json')
  }

  /** How the process ended, undefined while it runs. */
  get end(): string | undefined {
    const { exitCode, signalCode } = this.#server.child
    return exitCode === null && signalCode === null ? undefined : String(exitCode ?? signalCode)
  }

  /** Lines of its log that a client should not be able to cause. */
  get complaints(): string[] {
    return this.#server.output.split('\n').filter((line) => /\[ERROR\]|\bError:|unhandled/i.test(line))
  }

  lastWords(): string {
    return this.#server.output.split('\n').slice(-40).join('\n')
  }

  /** Memory without garbage, and open files. Writes a heap snapshot first where a file is named for it. */
  async usage(snapshot?: string): Promise<Held & { readonly files: number }> {
    const asked = snapshot === undefined ? '' : `?snapshot=${encodeURIComponent(snapshot)}`
    const held: Held = await this.#server.json(`/v1/fuzz/memory${asked}`)
    return { ...held, files: readdirSync(`/proc/${this.#server.child.pid}/fd`).length }
  }

  /** Removes what requests left behind, so that memory before and after is that of the same state. */
  async sweep(): Promise<void> {
    const server = this.#server
    await eventually(async () => (await server.ask('/v1/status/leader')).status === 200 || undefined)
    // Names such as ../x cannot be told by a path, in Consul as here: they stay, and they are few.
    const put = (path: string, body = '') => server.ask(path, { method: 'PUT', body })
    await server.ask('/v1/kv/?recurse', { method: 'DELETE' })
    for (const { ID } of await server.json('/v1/session/list')) await put(`/v1/session/destroy/${ID}`)
    for (const { ID } of await server.json('/v1/query')) await server.ask(`/v1/query/${ID}`, { method: 'DELETE' })
    for (const id of Object.keys(await server.json('/v1/agent/services'))) {
      await put(`/v1/agent/service/deregister/${encodeURIComponent(id)}`)
    }
    for (const id of Object.keys(await server.json('/v1/agent/checks'))) {
      await put(`/v1/agent/check/deregister/${encodeURIComponent(id)}`)
    }
    for (const { Node } of await server.json('/v1/catalog/nodes')) {
      if (Node !== 'attacked') await put('/v1/catalog/deregister', JSON.stringify({ Node }))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]()
    this.#dir[Symbol.dispose]()
  }
}
