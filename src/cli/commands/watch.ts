import { indented, type WatchPlan, watch as watchPlan } from '../../client/watch.ts'
import { formatDuration } from '../../kernel/duration.ts'
import { ProconsulError } from '../../kernel/errors.ts'
import { defineCommand } from '../command.ts'
import { CommandUsageError } from '../command-errors.ts'
import { Child } from './child-process.ts'

const types = ['key', 'keyprefix', 'services', 'nodes', 'service', 'checks', 'event'] as const

interface Selectors {
  readonly type: string | undefined
  readonly key: string | undefined
  readonly prefix: string | undefined
  readonly service: string | undefined
  readonly tag: readonly string[]
  readonly passingonly: boolean | undefined
  readonly state: string | undefined
  readonly name: string | undefined
}

export const watch = defineCommand({
  usage: 'watch [flags] [HANDLER…]',
  about:
    'Watches a part of the cluster. With a handler, runs it now and with every change: the new state\nis JSON on its standard input, CONSUL_INDEX the index. Without one, prints the state and ends.',
  asksServers: true,
  flags: {
    type: { type: 'text', argument: types.join('|'), help: 'What to watch.' },
    key: { type: 'text', help: 'The key, of type key.' },
    prefix: { type: 'text', help: 'The prefix, of type keyprefix.' },
    service: { type: 'text', argument: 'name', help: 'The service, of types service and checks.' },
    tag: { type: 'list', help: 'Only instances with this tag, of type service. May be repeated.' },
    passingonly: { type: 'boolean', help: 'Only instances that pass their checks, of type service.' },
    state: { type: 'text', help: 'Only checks in this state, of type checks.' },
    name: { type: 'text', help: 'Only events of this name, of type event.' },
    shell: { type: 'boolean', help: 'Run it with $SHELL -c, or /bin/sh; true when left out.' },
  },
  async run({ flags, args, client, read, terminal }) {
    const plan = planOf(flags)
    const { interrupted } = terminal
    let failed: unknown
    const ended = new AbortController()
    const signal = AbortSignal.any([interrupted, ended.signal])
    const changes = watchPlan(client, plan, {
      stale: read.consistency === 'stale',
      signal,
      onError(error, retryMs) {
        if (!(error instanceof ProconsulError)) throw error
        terminal.complain(`Watch (type: ${plan.type}) errored: ${error.message}, retry in ${formatDuration(retryMs)}`)
        // Who wants the state once wants to know at once that there is none.
        if (args.length === 0) {
          failed = error
          ended.abort()
        }
      },
    })
    for await (const { index, value } of changes) {
      const input = `${indented(value)}\n`
      if (args.length === 0) {
        terminal.write(input)
        break
      }
      const environment = { ...terminal.environment, CONSUL_INDEX: index }
      const child = new Child(args, { shell: flags.shell ?? true, environment, stdin: { input } }, client.clock)
      const stop = () => void child.stop()
      interrupted.addEventListener('abort', stop, { once: true })
      await child.ended.catch((error: unknown) => {
        terminal.complain(`Error executing handler: ${(error as Error).message}`)
      })
      interrupted.removeEventListener('abort', stop)
    }
    return failed === undefined ? 0 : 1
  },
})

/** @throws CommandUsageError when flags are missing or belong to another type */
function planOf({ type, key, prefix, service, tag, passingonly, state, name }: Selectors): WatchPlan {
  const needed = (value: string | undefined, flag: string): string => {
    if (!value) throw new CommandUsageError(`Watch of type ${type} needs -${flag}`)
    return value
  }
  switch (type) {
    case undefined:
      throw new CommandUsageError(`Watch type must be specified: -type=${types.join('|')}`)
    case 'key':
      return { type, key: needed(key, 'key') }
    case 'keyprefix':
      return { type, prefix: needed(prefix, 'prefix') }
    case 'services':
    case 'nodes':
      return { type }
    case 'service':
      return { type, service: needed(service, 'service'), tags: tag, passing: passingonly ?? false }
    case 'checks':
      if (service && state) throw new CommandUsageError('Cannot specify service and state')
      return { type, ...(service && { service }), ...(state && { state }) }
    case 'event':
      return { type, ...(name && { name }) }
    default:
      throw new CommandUsageError(`Unsupported watch type: ${type}; use one of ${types.join(', ')}`)
  }
}
