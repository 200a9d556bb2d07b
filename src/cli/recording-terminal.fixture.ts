import type { Terminal } from './terminal.ts'

/** A terminal that remembers what was written. */
export class RecordingTerminal implements Terminal {
  out = ''
  err = ''
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly #input: string
  readonly #interruption = new AbortController()

  constructor({
    input = '',
    environment = {},
  }: { readonly input?: string; readonly environment?: Record<string, string | undefined> } = {}) {
    this.#input = input
    this.environment = environment
  }

  get interrupted(): AbortSignal {
    return this.#interruption.signal
  }

  interrupt(): void {
    this.#interruption.abort()
  }

  print(text: string): void {
    this.out += `${text}\n`
  }

  write(text: string | Buffer): void {
    this.out += text.toString()
  }

  complain(text: string): void {
    this.err += `${text}\n`
  }

  async stdin(): Promise<Buffer> {
    return Buffer.from(this.#input)
  }
}
