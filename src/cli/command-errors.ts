import { ProconsulError } from '../kernel/errors.ts'

/** A command did not do what it was asked to. The message is all that is printed. */
export class CommandError extends ProconsulError {
  override readonly code: string = 'command_failed'
  override readonly status = 400
  /** Of the process. */
  readonly exitStatus: number

  constructor(message: string, { exitStatus = 1, ...options }: ErrorOptions & { readonly exitStatus?: number } = {}) {
    super(message, options)
    this.exitStatus = exitStatus
  }
}

/** A command was called in a way that makes no sense; its usage is printed below the message. */
export class CommandUsageError extends CommandError {
  override readonly code = 'command_usage'
}

/** What the work gives, or a CommandError whose message is introduced by what was tried: `Error retrieving members: …`. */
export async function orComplain<T>(attempt: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof ProconsulError)) throw error
    throw new CommandError(`${attempt}: ${error.message}`, { cause: error })
  }
}
