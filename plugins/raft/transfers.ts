import type { CoreEvent } from './core/state.ts'
import { TransferFailedError } from './errors.ts'

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Those who wait for this server to hand its leadership over. */
export class Transfers {
  #waiting: Waiting[] = []

  wait(): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  event(event: CoreEvent): void {
    if (event.kind === 'transferFailed') this.rejectAll(new TransferFailedError(event.target))
    else if (event.kind === 'role' && event.role !== 'leader') {
      for (const { resolve } of this.#waiting.splice(0)) resolve()
    }
  }

  rejectAll(reason: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(reason)
  }
}
