import { buffer } from 'node:stream/consumers'
import { writeError, writeLine } from './print.ts'

/** What a command sees of the world it runs in. Tests bring their own. */
export interface Terminal {
  /** One line, or several, on standard output. */
  print(text: string): void
  /** Text as it is, without an end of line. */
  write(text: string | Buffer): void
  /** One line, or several, on standard error. */
  complain(text: string): void
  /** All of standard input. */
  stdin(): Promise<Buffer>
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly interrupted: AbortSignal
}

/** That of this process. */
export function processTerminal(): Terminal {
  const controller = new AbortController()
  let listening = false
  return {
    print: writeLine,
    write: (text) => process.stdout.write(text),
    complain: writeError,
    stdin: () => buffer(process.stdin),
    environment: process.env,
    // Listened to only by who asks: every other command ends with the signal as programs do.
    get interrupted() {
      if (!listening) {
        listening = true
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort())
      }
      return controller.signal
    },
  }
}
