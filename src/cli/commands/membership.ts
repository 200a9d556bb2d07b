import { ProconsulError } from '../../kernel/errors.ts'
import { defineCommand, expectArguments } from '../command.ts'
import { CommandUsageError, orComplain } from '../command-errors.ts'

export const join = defineCommand({
  usage: 'join [flags] ADDRESS…',
  about: 'Has the agent meet the cluster of the agents at these addresses.',
  flags: { wan: { type: 'boolean', help: 'Meet servers of other datacenters.' } },
  async run({ flags, args, client, terminal }) {
    if (args.length === 0) throw new CommandUsageError('At least one address to join must be specified.')
    let joined = 0
    for (const address of args) {
      try {
        await client.agent.join(address, { wan: flags.wan ?? false })
        joined++
      } catch (error) {
        if (!(error instanceof ProconsulError)) throw error
        terminal.complain(`Error joining address '${address}': ${error.message}`)
      }
    }
    if (joined === 0) {
      terminal.complain('Failed to join any nodes.')
      return 1
    }
    terminal.print(`Successfully joined cluster by contacting ${joined} nodes.`)
    return 0
  },
})

export const leave = defineCommand({
  usage: 'leave [flags]',
  about: 'Has the agent say goodbye to the cluster and end.',
  flags: {},
  async run({ args, client, terminal }) {
    expectArguments(args, 0)
    await orComplain('Error leaving', client.agent.leave())
    terminal.print('Graceful leave complete')
    return 0
  },
})

export const forceLeave = defineCommand({
  usage: 'force-leave [flags] NAME',
  about:
    'Declares that a failed member has left, so that nobody waits for it any longer.\nA member that lives comes back.',
  flags: {
    prune: { type: 'boolean', help: 'Forget the member at once, also one that left.' },
    wan: { type: 'boolean', help: 'A server of any datacenter, named with it: web-1.dc1.' },
  },
  async run({ flags, args, client }) {
    const [name, ...more] = args
    if (name === undefined || more.length > 0) {
      throw new CommandUsageError('A single node name must be specified to force leave.')
    }
    const { prune = false, wan = false } = flags
    await orComplain('Error force leaving', client.agent.forceLeave(name, { prune, wan }))
    return 0
  },
})
