/** Work that is done one after another, so that no decision is taken from a state that the one before is about to change. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  /** Does `work` when all that came before has ended, well or not; rejects instead when the signal has aborted by then. */
  async take(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    const before = this.#last
    const turn = (async () => {
      await before.catch(() => undefined)
      signal.throwIfAborted()
      await work()
    })()
    // Whoever comes next only waits for the end; how it ended concerns the caller.
    this.#last = turn.catch(() => undefined)
    await turn
  }
}
