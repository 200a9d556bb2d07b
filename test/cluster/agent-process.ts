import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePorts } from '../../src/testing/free-ports.ts'

/** The launcher, as a user would start it. */
export const proconsul = fileURLToPath(new URL('../../bin/proconsul', import.meta.url))

/** A folder that is gone after the test. */
export function scratchDir(): { path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'proconsul-test-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

export interface AgentPorts {
  readonly http: number
  readonly dns: number
  readonly server: number
  readonly serfLan: number
  readonly serfWan: number
  /** The flags that set them. */
  readonly flags: readonly string[]
}

/** Free ports for one agent. */
export async function agentPorts(): Promise<AgentPorts> {
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

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface ProcessOptions {
  readonly cwd?: string
  /** The program; `bin/proconsul` when left out. */
  readonly command?: string
  readonly env?: NodeJS.ProcessEnv
}

/** What still runs ends with the tests, also when one of them was given up and cleaned up nothing. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** A process of ours with all it printed. Killed at the end of the test if it still runs. */
export class AgentProcess {
  readonly child: ChildProcess
  /** Standard output and standard error, in the order in which they came. */
  output = ''
  stdout = ''
  stderr = ''
  readonly exited: Promise<Exit>
  readonly #watchers = new Set<() => void>()
  #ended = false

  constructor(args: readonly string[], options: ProcessOptions = {}) {
    this.child = spawn(options.command ?? proconsul, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    running.add(this.child)
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
      this.#append(text)
    })
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
      this.#append(text)
    })
    this.exited = new Promise((resolve, reject) => {
      this.child.once('error', reject)
      this.child.once('close', (code, signal) => {
        this.#ended = true
        running.delete(this.child)
        resolve({ code, signal })
        this.#tell()
      })
    })
  }

  /** Resolves when the output matches; rejects with the output when the process ends first or takes too long. */
  printed(pattern: RegExp, withinMs = 40_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: Error) => {
        clearTimeout(timer)
        this.#watchers.delete(look)
        if (error) reject(error)
        else resolve()
      }
      const look = () => {
        if (pattern.test(this.output)) settle()
        else if (this.#ended) settle(new Error(`the process ended before it printed ${pattern}:\n${this.output}`))
      }
      const timer = setTimeout(
        () => settle(new Error(`not printed within ${withinMs} ms: ${pattern}\n${this.output}`)),
        withinMs,
      )
      this.#watchers.add(look)
      look()
    })
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.child.kill(signal)
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    this.kill(signal)
    return this.exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL')
  }

  #append(text: string): void {
    this.output += text
    this.#tell()
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher()
  }
}

export interface Outcome extends Exit {
  readonly output: string
  readonly stdout: string
  readonly stderr: string
}

/** Runs one command to its end; kills it, and fails, when that takes too long. */
export async function run(args: readonly string[], options: ProcessOptions = {}, withinMs = 40_000): Promise<Outcome> {
  await using started = new AgentProcess(args, options)
  let late = false
  const timer = setTimeout(() => {
    late = true
    started.kill('SIGKILL')
  }, withinMs)
  const exit = await started.exited
  clearTimeout(timer)
  const { output, stdout, stderr } = started
  if (late) throw new Error(`"${args.join(' ')}" did not end within ${withinMs} ms:\n${output}`)
  return { ...exit, output, stdout, stderr }
}

/** Asks again, a few times a second, until `probe` gives something; what it throws counts as nothing yet. */
export async function eventually<T>(probe: () => Promise<T | undefined>, withinMs = 40_000): Promise<T> {
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
