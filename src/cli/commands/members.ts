import type { Member } from '../../client/types.ts'
import { defineCommand, expectArguments } from '../command.ts'
import { CommandUsageError, orComplain } from '../command-errors.ts'
import { columns } from '../print.ts'

/** Words for the numbers of serf's states. */
const statuses = ['none', 'alive', 'leaving', 'left', 'failed']
/** When nobody fits the filter; scripts tell it from trouble by this. */
const nobodyStatus = 2

export const members = defineCommand({
  usage: 'members [flags]',
  about: 'Lists the members of the cluster as the agent sees them.',
  flags: {
    detailed: { type: 'boolean', help: 'All tags of each member.' },
    wan: { type: 'boolean', help: 'The servers of all datacenters.' },
    status: { type: 'text', argument: 'regexp', default: '.*', help: 'Only members whose status fits the expression.' },
    segment: { type: 'text', argument: 'name', default: '_all', help: 'Only members of this segment.' },
  },
  async run({ flags, args, client, terminal }) {
    expectArguments(args, 0)
    const { wan = false, segment } = flags
    if (wan && segment !== '_all') throw new CommandUsageError('Cannot provide both -wan and -segment')
    const wanted = statusExpression(flags.status)
    const found = await orComplain('Error retrieving members', client.agent.members(wan ? { wan } : { segment }))
    const shown = found.filter(({ Status }) => wanted.test(statusOf(Status))).sort(bySegmentAndName)
    if (shown.length === 0) return nobodyStatus
    terminal.print(columns(flags.detailed ? detailedRows(shown) : rows(shown)))
    return 0
  },
})

function statusExpression(text: string): RegExp {
  try {
    return new RegExp(text)
  } catch (error) {
    throw new CommandUsageError(`Failed to compile status regexp: ${(error as Error).message}`)
  }
}

function rows(found: readonly Member[]): string[][] {
  return [
    ['Node', 'Address', 'Status', 'Type', 'Build', 'Protocol', 'DC', 'Segment'],
    ...found.map((member) => {
      const tags = member.Tags ?? {}
      const isServer = tags.role === 'consul'
      const segment = isServer ? '<all>' : tags.segment || '<default>'
      return [
        member.Name,
        addressOf(member),
        statusOf(member.Status),
        isServer ? 'server' : tags.role === 'node' ? 'client' : 'unknown',
        tags.build?.split(':')[0] || '<unknown>',
        tags.vsn ?? '',
        tags.dc ?? '',
        segment,
      ]
    }),
  ]
}

function detailedRows(found: readonly Member[]): string[][] {
  return [
    ['Node', 'Address', 'Status', 'Tags'],
    ...found.map((member) => [
      member.Name,
      addressOf(member),
      statusOf(member.Status),
      Object.entries(member.Tags ?? {})
        .map(([name, value]) => `${name}=${value}`)
        .sort()
        .join(','),
    ]),
  ]
}

function statusOf(status: number): string {
  return statuses[status] ?? 'unknown'
}

function addressOf({ Addr, Port }: Member): string {
  return `${Addr.includes(':') ? `[${Addr}]` : Addr}:${Port}`
}

function bySegmentAndName(a: Member, b: Member): number {
  return compare(a.Tags?.segment ?? '', b.Tags?.segment ?? '') || compare(a.Name, b.Name)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
