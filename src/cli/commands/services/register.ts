import type { ConsulClient } from '../../../client/client.ts'
import type { ServiceRegistration } from '../../../client/types.ts'
import { defineCommand } from '../../command.ts'
import { CommandUsageError, orComplain } from '../../command-errors.ts'
import { type DefinedService, servicesOfFiles } from './definitions.ts'

export const servicesRegister = defineCommand({
  usage: 'services register [flags] [FILE…]',
  about:
    'Registers services on the agent: those that files define, or one that flags describe. Unlike\nservices of the configuration these end with an API call, not with the file.',
  flags: {
    name: { type: 'text', help: 'Name of the service.' },
    id: { type: 'text', help: 'Tells instances of one agent apart; the name when left out.' },
    address: { type: 'text', argument: 'ip', help: 'Address of the service; that of the node when left out.' },
    port: { type: 'integer', help: 'Port of the service.' },
    kind: { type: 'text', help: 'Kind of a proxy or gateway.' },
    tag: { type: 'list', help: 'Tag of the service. May be repeated.' },
    meta: { type: 'pairs', help: 'Metadata of the service. May be repeated.' },
    'tagged-address': {
      type: 'pairs',
      argument: 'name=host:port',
      help: 'Address for others: lan, wan. May be repeated.',
    },
  },
  async run({ flags, args, client, terminal }) {
    if (args.length > 0 && flags.name !== undefined) {
      throw new CommandUsageError('Services are described by files or by flags, not by both')
    }
    const services: readonly ServiceRegistration[] =
      args.length > 0
        ? await servicesOfFiles(args, terminal)
        : [
            {
              Name: required(flags.name),
              Kind: flags.kind ?? '',
              ID: flags.id ?? '',
              Address: flags.address ?? '',
              Port: flags.port ?? 0,
              Tags: flags.tag,
              Meta: flags.meta,
              TaggedAddresses: taggedAddresses(flags['tagged-address']),
            },
          ]
    for (const service of services) {
      await orComplain(
        `Error registering service ${JSON.stringify(service.Name)}`,
        client.agent.registerService(service),
      )
      terminal.print(`Registered service: ${service.Name}`)
    }
    return 0
  },
})

export const servicesDeregister = defineCommand({
  usage: 'services deregister [flags] [FILE…]',
  about: 'Removes services from the agent: those that files define, or the one that -id names.',
  flags: { id: { type: 'text', help: 'Id of the service.' } },
  async run({ flags, args, client, terminal }) {
    if (args.length > 0 && flags.id !== undefined) {
      throw new CommandUsageError('Services are named by files or by -id, not by both')
    }
    if (args.length === 0 && !flags.id) throw new CommandUsageError('Services need files or -id to be named by')
    const services: readonly DefinedService[] =
      args.length > 0 ? await servicesOfFiles(args, terminal) : [{ ID: flags.id!, Name: '' }]
    for (const { ID, Name } of services) await deregister(client, ID || Name)
    for (const { ID, Name } of services) terminal.print(`Deregistered service: ${ID || Name}`)
    return 0
  },
})

function deregister(client: ConsulClient, id: string): Promise<void> {
  return orComplain(`Error deregistering service ${JSON.stringify(id)}`, client.agent.deregisterService(id))
}

function required(name: string | undefined): string {
  if (!name) throw new CommandUsageError('Service definitions need -name, or files')
  return name
}

function taggedAddresses(pairs: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(pairs).map(([tag, address]) => {
      const [, host = '', port] = /^\[?(.*?)\]?:(\d{1,5})$/.exec(address) ?? []
      if (port === undefined) throw new CommandUsageError(`-tagged-address ${tag}=${address} must end with a port`)
      return [tag, { Address: host, Port: Number(port) }]
    }),
  )
}
