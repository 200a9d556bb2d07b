import { type ChildProcess, spawn } from 'node:child_process'
import type { Clock } from '../../kernel/clock.ts'

export interface Exit {
  /** As a shell counts: 128 and the number of the signal when one ended it. */
  readonly status: number
}

/** How long a child may take to end once it was asked to. */
const graceMs = 5_000

export interface ChildOptions {
  /** Hand the words as one line to the shell that SHELL names in the environment, else /bin/sh. */
  readonly shell: boolean
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stdin: 'inherit' | 'ignore' | { readonly input: string }
}

/** A program that a command runs on the user's behalf, with our own output. */
export class Child {
  readonly #process: ChildProcess
  readonly #clock: Clock
  readonly #grouped: boolean
  /** Rejects when it could not be started. */
  readonly ended: Promise<Exit>

  constructor(words: readonly string[], options: ChildOptions, clock: Clock) {
    const [program, ...args] = options.shell ? [options.environment.SHELL || '/bin/sh', '-c', words.join(' ')] : words
    const { stdin } = options
    this.#clock = clock
    // A group of its own, so that what the program starts ends with it. With our own input it must stay in the group of
    // the terminal, or it could not read.
    this.#grouped = stdin !== 'inherit'
    this.#process = spawn(program!, args, {
      env: { ...options.environment },
      detached: this.#grouped,
      stdio: [typeof stdin === 'string' ? stdin : 'pipe', 'inherit', 'inherit'],
    })
    this.ended = new Promise((resolve, reject) => {
      this.#process.once('error', reject)
      this.#process.once('exit', (code, signal) => resolve({ status: code ?? 128 + numberOf(signal) }))
    })
    if (typeof stdin === 'object') {
      // A program that does not read its input is no concern of ours.
      this.#process.stdin!.on('error', () => undefined)
      this.#process.stdin!.end(stdin.input)
    }
  }

  /** Asks it to end, and ends it when it does not; resolves when it has. */
  async stop(): Promise<void> {
    this.#kill('SIGTERM')
    const cancel = this.#clock.after(graceMs, () => this.#kill('SIGKILL'))
    await this.ended.catch(() => undefined)
    cancel()
  }

  #kill(signal: NodeJS.Signals): void {
    const { pid } = this.#process
    if (!this.#grouped || pid === undefined) {
      this.#process.kill(signal)
      return
    }
    try {
      process.kill(-pid, signal)
    } catch (error) {
      // All of the group have ended already.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

const signalNumbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 }

function numberOf(signal: NodeJS.Signals | null): number {
  return signalNumbers[signal ?? ''] ?? 0
}
