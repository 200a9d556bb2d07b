import { readFileSync } from 'node:fs'
import { CommandError } from '../command-errors.ts'
import type { Terminal } from '../terminal.ts'

/** What an argument stands for: `@FILE` for its content, `-` for standard input, `\@` and `\-` for the sign itself. */
export async function givenData(argument: string, terminal: Terminal): Promise<Buffer> {
  if (argument === '-') return terminal.stdin()
  if (argument.startsWith('@')) {
    try {
      return readFileSync(argument.slice(1))
    } catch (error) {
      throw new CommandError(`Error! Failed to read file: ${(error as Error).message}`, { cause: error })
    }
  }
  return Buffer.from(/^\\[@-]/.test(argument) ? argument.slice(1) : argument)
}
