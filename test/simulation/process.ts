import type { World } from './world.ts'

/** The process of one server: it may stand still for a while, and when it ends all its work is gone. */
export class SimulatedProcess {
  /** Counts starts and ends; work of an earlier life is dropped. */
  life = 0
  readonly #world: World
  /** Work that fell due while the process was stopped. */
  #backlog: (() => void)[] | undefined

  constructor(world: World) {
    this.#world = world
  }

  get paused(): boolean {
    return this.#backlog !== undefined
  }

  start(): void {
    this.life++
  }

  end(): void {
    this.life++
    this.#backlog = undefined
  }

  /** Stopped (SIGSTOP, a machine that swaps): everything waits, but for time and the disk. */
  pause(): void {
    this.#backlog ??= []
  }

  resume(): void {
    const backlog = this.#backlog
    this.#backlog = undefined
    for (const run of backlog ?? []) run()
  }

  /** Runs work of this life now, or when the process goes on. */
  now(run: () => void): void {
    if (this.#backlog === undefined) run()
    else this.#backlog.push(run)
  }

  later(delayMs: number, run: () => void): () => void {
    const { life } = this
    return this.#world.after(delayMs, () => {
      if (life === this.life) this.now(run)
    })
  }
}
