import { defineCommand, expectArguments } from '../command.ts'
import { CommandUsageError, orComplain } from '../command-errors.ts'
import { givenData } from './given-data.ts'

export const event = defineCommand({
  usage: 'event [flags] [PAYLOAD]',
  about: 'Sends an event to every agent, or to those that fit the expressions, for watches to act upon.',
  asksServers: true,
  flags: {
    name: { type: 'text', help: 'Name of the event.' },
    node: { type: 'text', argument: 'regexp', help: 'Only agents whose name fits.' },
    service: { type: 'text', argument: 'regexp', help: 'Only agents with a service that fits.' },
    tag: { type: 'text', argument: 'regexp', help: 'Only services with a tag that fits; needs -service.' },
  },
  async run({ flags, args, client, terminal }) {
    expectArguments(args, 0, 1)
    const { name, node, service, tag } = flags
    if (!name) throw new CommandUsageError('Event name must be specified.')
    if (tag !== undefined && service === undefined) {
      throw new CommandUsageError('Cannot provide tag filter without service filter.')
    }
    const payload = await givenData(args[0] ?? '', terminal)
    const fired = await orComplain('Error firing event', client.event.fire(name, payload, { node, service, tag }))
    terminal.print(`Event ID: ${fired.ID}`)
    return 0
  },
})
