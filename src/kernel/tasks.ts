import type { Clock } from './clock.ts'
import type { Fault } from './hooks.ts'
import { pause } from './pause.ts'

/** A background task as operators see it. */
export interface TaskRecord {
  readonly plugin: string
  readonly name: string
  readonly state: 'running' | 'waiting' | 'ended' | 'cancelled'
  /** How often the task began a run. */
  readonly runs: number
  readonly faults: number
}

interface Task {
  plugin: string
  name: string
  state: TaskRecord['state']
  runs: number
  faults: number
  readonly abort: AbortController
  ended: Promise<void>
}

/** Every background loop of the agent: named, listed, cancellable, its faults reported under its plugin's name. */
export class Tasks {
  readonly #clock: Clock
  readonly #report: (fault: Fault) => void
  readonly #tasks = new Set<Task>()

  constructor(clock: Clock, report: (fault: Fault) => void) {
    this.#clock = clock
    this.#report = report
  }

  /**
   * Runs `work` once in the background. Its signal aborts when the task is cancelled, `parent` aborts or the agent
   * stops. Returns a function that cancels it.
   */
  run(plugin: string, name: string, work: (signal: AbortSignal) => Promise<void>, parent?: AbortSignal): () => void {
    return this.#begin(plugin, name, parent, async (task, signal) => {
      task.runs++
      await this.#attempt(task, () => work(signal))
    })
  }

  /**
   * Runs `work` again and again, `intervalMs` after each end (a number, or a function asked before each wait, so that a
   * loop can be jittered or back off). A run that throws is reported, and the loop goes on. Returns a function that
   * cancels it.
   */
  every(
    plugin: string,
    name: string,
    intervalMs: number | (() => number),
    work: (signal: AbortSignal) => Promise<void> | void,
    parent?: AbortSignal,
  ): () => void {
    return this.#begin(plugin, name, parent, async (task, signal) => {
      while (!signal.aborted) {
        task.state = 'waiting'
        await pause(this.#clock, typeof intervalMs === 'number' ? intervalMs : intervalMs(), signal)
        if (signal.aborted) return
        task.state = 'running'
        task.runs++
        await this.#attempt(task, async () => work(signal))
      }
    })
  }

  list(): TaskRecord[] {
    return [...this.#tasks].map(({ plugin, name, state, runs, faults }) => ({ plugin, name, state, runs, faults }))
  }

  /** Cancels every task of a plugin, or all; resolves when they have ended. */
  async cancel(plugin?: string): Promise<void> {
    const chosen = [...this.#tasks].filter((task) => plugin === undefined || task.plugin === plugin)
    for (const task of chosen) stop(task)
    await Promise.all(chosen.map((task) => task.ended))
  }

  #begin(
    plugin: string,
    name: string,
    parent: AbortSignal | undefined,
    body: (task: Task, signal: AbortSignal) => Promise<void>,
  ): () => void {
    const abort = new AbortController()
    const task: Task = { plugin, name, state: 'running', runs: 0, faults: 0, abort, ended: Promise.resolve() }
    this.#tasks.add(task)
    const cancel = () => stop(task)
    if (parent?.aborted) cancel()
    else parent?.addEventListener('abort', cancel, { once: true })
    task.ended = body(task, abort.signal).finally(() => {
      parent?.removeEventListener('abort', cancel)
      if (task.state !== 'cancelled') task.state = 'ended'
      this.#tasks.delete(task)
    })
    return cancel
  }

  async #attempt(task: Task, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      // What a cancelled task throws on its way out is the cancellation itself.
      if (task.abort.signal.aborted) return
      task.faults++
      this.#report({ plugin: task.plugin, where: `task ${task.name}`, error })
    }
  }
}

function stop(task: Task): void {
  if (task.abort.signal.aborted) return
  task.state = 'cancelled'
  task.abort.abort()
}
