import { type ChildProcess, fork } from 'node:child_process'
import { cpuSeconds } from './process-usage.ts'
import type { Call, Commands, Reply } from './program.ts'

/** A load generator or bare server in a process of its own; `serveParent` is its other end. */
export class Child<C extends Commands> {
  readonly #process: ChildProcess
  readonly #open = new Map<number, PromiseWithResolvers<unknown>>()
  #calls = 0

  constructor(program: URL) {
    this.#process = fork(program, { serialization: 'advanced', execArgv: [] })
    this.#process.on('message', ({ id, result, error }: Reply) => {
      const waiting = this.#open.get(id)
      this.#open.delete(id)
      if (error === undefined) waiting?.resolve(result)
      else waiting?.reject(new Error(error))
    })
    this.#process.on('exit', (code, signal) => {
      for (const { reject } of this.#open.values()) reject(new Error(`${program.pathname} ended: ${signal ?? code}`))
      this.#open.clear()
    })
  }

  /** Carries out a command in the child. */
  call<Name extends keyof C & string>(
    command: Name,
    ...args: Parameters<C[Name]>
  ): Promise<Awaited<ReturnType<C[Name]>>> {
    const waiting = Promise.withResolvers<unknown>()
    const id = ++this.#calls
    this.#open.set(id, waiting)
    const call: Call = { id, command, args }
    this.#process.send(call)
    return waiting.promise as Promise<Awaited<ReturnType<C[Name]>>>
  }

  /** CPU time it has taken so far; undefined where the system does not tell. */
  cpuSeconds(): number | undefined {
    return cpuSeconds(this.#process.pid!)
  }

  [Symbol.dispose](): void {
    this.#process.kill('SIGKILL')
  }
}
