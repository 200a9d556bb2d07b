import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The launcher, as a user would start it. */
export const proconsul = fileURLToPath(new URL('../../bin/proconsul', import.meta.url))

/** A folder that is gone after the test. */
export function scratchDir(): { path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'proconsul-test-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** Ports nobody listens on at this moment, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(0, '127.0.0.1', resolve)
      })
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

export interface AgentPorts {
  readonly http: number
  readonly dns: number
  readonly server: number
  readonly serfLan: number
  readonly serfWan: number
}

/** Free ports for one agent, and the flags that set them. */
export async function agentPorts(): Promise<AgentPorts & { readonly flags: readonly string[] }> {
  const [http, dns, server, serfLan, serfWan] = (await freePorts(5)) as [number, number, number, number, number]
  const flags = [
    `-http-port=${http}`,
    `-dns-port=${dns}`,
    `-server-port=${server}`,
    `-serf-lan-port=${serfLan}`,
    `-serf-wan-port=${serfWan}`,
  ]
  return { http, dns, server, serfLan, serfWan, flags }
}

/** A process of ours with all it printed. */
export class AgentProcess {
  readonly child: ChildProcess
  output = ''
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  readonly #watchers = new Set<() => void>()

  constructor(args: readonly string[], options: { cwd?: string; command?: string; env?: NodeJS.ProcessEnv } = {}) {
    this.child = spawn(options.command ?? proconsul, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const append = (chunk: Buffer) => {
      this.output += chunk.toString()
      for (const watcher of this.#watchers) watcher()
    }
    this.child.stdout!.on('data', append)
    this.child.stderr!.on('data', append)
    this.exited = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        resolve({ code, signal })
        for (const watcher of this.#watchers) watcher()
      })
    })
  }

  /** Resolves when the output matches; rejects with the output when the process ends first. */
  printed(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (pattern.test(this.output)) {
          this.#watchers.delete(look)
          resolve()
        } else if (this.child.exitCode !== null || this.child.signalCode !== null) {
          this.#watchers.delete(look)
          reject(new Error(`the process ended before it printed ${pattern}:\n${this.output}`))
        }
      }
      this.#watchers.add(look)
      look()
    })
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.child.kill(signal)
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.kill(signal)
    return this.exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL')
  }
}

/** Asks again, a few times a second, until `probe` gives something; what it throws counts as nothing yet. */
export async function eventually<T>(probe: () => Promise<T | undefined>, withinMs = 20_000): Promise<T> {
  const deadline = performance.now() + withinMs
  let last: unknown
  for (;;) {
    try {
      const found = await probe()
      if (found !== undefined) return found
      last = undefined
    } catch (error) {
      last = error
    }
    if (performance.now() > deadline) throw new Error(`nothing within ${withinMs} ms`, { cause: last })
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
