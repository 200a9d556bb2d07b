import { acquireLock, type Holding } from '../../client/lock.ts'
import { acquireSemaphore } from '../../client/semaphore.ts'
import { ProconsulError } from '../../kernel/errors.ts'
import { defineCommand } from '../command.ts'
import { CommandError, CommandUsageError, orComplain } from '../command-errors.ts'
import { Child, type Exit } from './child-process.ts'

/** With `-child-exit-code`, whatever the status of a child that failed. */
const childFailed = 2

export const lock = defineCommand({
  usage: 'lock [flags] PREFIX COMMAND…',
  about:
    'Runs a command while holding a lock, so that of all who say the same prefix only one runs, or\nwith -n that many. When the lock is lost the command is ended: SIGTERM, 5 seconds later SIGKILL.',
  asksServers: true,
  flags: {
    n: { type: 'integer', argument: 'number', default: 1, help: 'How many may run at a time. All must say the same.' },
    name: { type: 'text', help: 'Name of the session that holds the lock.' },
    timeout: { type: 'duration', help: 'Give up when the lock cannot be had in this time.' },
    try: { type: 'duration', help: 'The old name of -timeout.' },
    'monitor-retry': {
      type: 'integer',
      default: 3,
      help: 'Errors in a row, some seconds apart, before it counts as lost.',
    },
    'pass-stdin': { type: 'boolean', help: 'Give the command our standard input.' },
    shell: { type: 'boolean', help: 'Run it with $SHELL -c, or /bin/sh; true when left out.' },
    'child-exit-code': { type: 'boolean', help: 'End with 2 when the command fails; with 0 otherwise.' },
    verbose: { type: 'boolean', help: 'Say what happens.' },
  },
  async run({ flags, args, client, terminal }) {
    const [given, ...words] = args
    if (given === undefined || words.length === 0) {
      throw new CommandUsageError('Key prefix and child command must be specified')
    }
    const limit = flags.n
    if (limit < 1) throw new CommandUsageError('Lock holder limit must be positive')
    const tryMs = flags.timeout ?? flags.try
    if (tryMs !== undefined && tryMs <= 0) throw new CommandUsageError('Timeout must be positive')
    const prefix = given.replace(/^\/+|\/+$/g, '')
    const say = (text: string) => {
      if (flags.verbose) terminal.print(text)
    }
    const { interrupted } = terminal
    const what = limit === 1 ? 'lock' : 'semaphore'
    const options = {
      sessionName: flags.name || `Consul ${what} for '${words.join(' ')}' at '${prefix}'`,
      tryMs,
      monitorRetries: flags['monitor-retry'],
      signal: interrupted,
    }
    say(`Setting up ${what} at path: ${prefix}`)
    const attempt =
      limit === 1 ? acquireLock(client, `${prefix}/.lock`, options) : acquireSemaphore(client, prefix, limit, options)
    const held = await orComplain('Lock acquisition failed', attempt)
    if (held === undefined) throw new CommandError('Shutdown triggered or timeout during lock acquisition')

    let exit: Exit | undefined
    try {
      say(`Starting handler '${words.join(' ')}'`)
      const child = new Child(
        words,
        {
          shell: flags.shell ?? true,
          environment: { ...terminal.environment, CONSUL_LOCK_HELD: 'true' },
          stdin: flags['pass-stdin'] ? 'inherit' : 'ignore',
        },
        client.clock,
      )
      exit = await endOf(child, held, interrupted, (text) => terminal.complain(text))
    } finally {
      await release(held, say, (text) => terminal.complain(text))
    }
    if (exit === undefined) return 1
    return exit.status !== 0 && flags['child-exit-code'] ? childFailed : 0
  },
})

/** Waits for the child; undefined when the lock was lost or we were interrupted, and it had to be ended. */
async function endOf(
  child: Child,
  held: Holding,
  interrupted: AbortSignal,
  complain: (text: string) => void,
): Promise<Exit | undefined> {
  const disturbed = Promise.withResolvers<undefined>()
  const disturb = () => disturbed.resolve(undefined)
  for (const signal of [held.lost, interrupted]) {
    if (signal.aborted) disturb()
    signal.addEventListener('abort', disturb, { once: true })
  }
  let exit: Exit | undefined
  try {
    exit = await Promise.race([child.ended, disturbed.promise])
  } catch (error) {
    throw new CommandError(`Error executing handler: ${(error as Error).message}`, { cause: error })
  }
  if (exit !== undefined) return exit
  complain(held.lost.aborted ? 'Lock lost, killing child' : 'Shutdown triggered, killing child')
  await child.stop()
  return undefined
}

async function release(held: Holding, say: (text: string) => void, complain: (text: string) => void): Promise<void> {
  try {
    await held.release()
    say((await held.cleanUp()) ? 'Cleanup succeeded' : 'Cleanup aborted, lock in use')
  } catch (error) {
    if (!(error instanceof ProconsulError)) throw error
    complain(`Lock release failed: ${error.message}`)
  }
}
