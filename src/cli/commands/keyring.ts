import type { KeyringResponse } from '../../client/types.ts'
import { defineCommand, expectArguments } from '../command.ts'
import { CommandUsageError, orComplain } from '../command-errors.ts'

const relayFactorMax = 5

export const keyring = defineCommand({
  usage: 'keyring [flags]',
  about:
    'Manages the keys that encrypt gossip, on all agents of the cluster at once. To change the key,\ninstall the new one, use it, and remove the old one.',
  flags: {
    install: { type: 'text', argument: 'key', help: 'Give every agent another key to decrypt with.' },
    use: { type: 'text', argument: 'key', help: 'Have every agent encrypt with a key that it holds.' },
    remove: { type: 'text', argument: 'key', help: 'Take a key that is not in use from every agent.' },
    list: { type: 'boolean', help: 'Show all keys, and how many agents hold each.' },
    'list-primary': { type: 'boolean', help: 'Show the keys in use, and how many agents use each.' },
    'relay-factor': { type: 'integer', default: 0, help: 'Agents that answers are also sent by, 0 to 5.' },
    'local-only': { type: 'boolean', help: 'With -list: nothing of other datacenters.' },
  },
  async run({ flags, args, client, terminal }) {
    expectArguments(args, 0)
    const { install, use, remove, list = false } = flags
    const primary = flags['list-primary'] ?? false
    const localOnly = flags['local-only'] ?? false
    const asked = [install, use, remove].filter((key) => key !== undefined).length + Number(list) + Number(primary)
    if (asked !== 1) {
      throw new CommandUsageError('Say one of -install, -use, -remove, -list and -list-primary')
    }
    const relayFactor = flags['relay-factor']
    if (relayFactor > relayFactorMax) {
      throw new CommandUsageError(
        `Error parsing relay factor: ${relayFactor} is not in the range 0 to ${relayFactorMax}`,
      )
    }
    if (localOnly && !list && !primary) throw new CommandUsageError('Error parsing local-only: it goes with -list only')
    const { operator } = client
    if (list || primary) {
      terminal.print('==> Gathering installed encryption keys...')
      const replies = await orComplain('error', operator.listKeys({ relayFactor, localOnly }))
      for (const reply of replies) terminal.print(`\n${described(reply, primary ? reply.PrimaryKeys : reply.Keys)}`)
    } else if (install !== undefined) {
      terminal.print('==> Installing new gossip encryption key...')
      await orComplain('error', operator.installKey(install, { relayFactor }))
    } else if (use !== undefined) {
      terminal.print('==> Changing primary gossip encryption key...')
      await orComplain('error', operator.useKey(use, { relayFactor }))
    } else {
      terminal.print('==> Removing gossip encryption key...')
      await orComplain('error', operator.removeKey(remove!, { relayFactor }))
    }
    return 0
  },
})

function described(
  { WAN, Datacenter, Segment, Messages, NumNodes }: KeyringResponse,
  keys: KeyringResponse['Keys'],
): string {
  const pool = WAN ? 'WAN' : `${Datacenter} (LAN)${Segment === '' ? '' : ` [${Segment}]`}`
  return [
    `${pool}:`,
    ...Object.entries(Messages ?? {}).map(([node, message]) => `  ===> ${node}: ${message}`),
    ...Object.entries(keys ?? {}).map(([key, holders]) => `  ${key} [${holders}/${NumNodes}]`),
  ].join('\n')
}
