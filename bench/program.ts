/** What a program of the benchmark can be told to do by the process that started it. */
// biome-ignore lint/suspicious/noExplicitAny: each program declares the arguments and results of its own commands
export type Commands = Record<string, (...args: any[]) => unknown>

/** A command on its way to a child. */
export interface Call {
  readonly id: number
  readonly command: string
  readonly args: readonly unknown[]
}

/** What came of it. */
export interface Reply {
  readonly id: number
  readonly result?: unknown
  readonly error?: string
}

/**
 * Makes this process a child that carries out commands, one message each, and ends with its parent. Load generators and
 * bare servers are processes of their own so that none of them shares an event loop with what it is compared to.
 */
export function serveParent(commands: Commands): void {
  process.on('message', async ({ id, command, args }: Call) => {
    let reply: Reply
    try {
      reply = { id, result: await commands[command]!(...args) }
    } catch (error) {
      reply = { id, error: (error as Error).stack ?? String(error) }
    }
    process.send!(reply)
  })
  process.on('disconnect', () => process.exit())
}
