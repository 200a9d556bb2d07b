import { roundTripSeconds } from '../../../plugins/coordinates/nearest.ts'
import type { ConsulClient } from '../../client/client.ts'
import type { Coordinate } from '../../client/types.ts'
import { defineCommand } from '../command.ts'
import { CommandError, CommandUsageError, orComplain } from '../command-errors.ts'

interface Named {
  readonly name: string
  readonly coordinate: Coordinate
}

export const rtt = defineCommand({
  usage: 'rtt [flags] NODE [NODE]',
  about:
    'Estimates the time of a round trip between two nodes, from their network coordinates. The\nsecond is the node of the agent when left out.',
  asksServers: true,
  flags: { wan: { type: 'boolean', help: 'Servers of any datacenter, named with it: web-1.dc1.' } },
  async run({ flags, args, client, read, terminal }) {
    const [first, second, ...more] = args
    if (first === undefined || more.length > 0) throw new CommandUsageError('One or two node names must be specified')
    const wan = flags.wan ?? false
    if (wan && args.some((name) => !name.includes('.'))) {
      throw new CommandUsageError('Node names must be specified as <node name>.<datacenter> with -wan')
    }
    const names = [first, second ?? (await ownName(client, wan))]
    const known = wan ? await wanCoordinates(client) : await lanCoordinates(client, read)
    const [a, b] = names.map((name) => coordinateOf(name, known))
    const seconds = roundTripSeconds(a!, b!)
    if (!Number.isFinite(seconds)) throw new CommandError('The coordinates of these nodes cannot be compared')
    const ms = (seconds * 1000).toFixed(3)
    terminal.print(`Estimated ${names.join(' <-> ')} rtt: ${ms} ms (using ${wan ? 'WAN' : 'LAN'} coordinates)`)
    return 0
  },
})

async function ownName(client: ConsulClient, wan: boolean): Promise<string> {
  const { Config } = await orComplain('Unable to look up agent info', client.agent.self())
  return wan ? `${Config.NodeName}.${Config.Datacenter}` : Config.NodeName
}

async function wanCoordinates(client: ConsulClient): Promise<Named[]> {
  const datacenters = await orComplain('Error getting coordinates', client.coordinate.datacenters())
  return datacenters.flatMap(({ Datacenter, Coordinates }) =>
    (Coordinates ?? []).map((coordinate) => ({ name: `${coordinate.Node}.${Datacenter}`, coordinate })),
  )
}

async function lanCoordinates(client: ConsulClient, read: object): Promise<Named[]> {
  const { value } = await orComplain('Error getting coordinates', client.coordinate.nodes(read))
  return value.map((coordinate) => ({ name: coordinate.Node, coordinate }))
}

function coordinateOf(name: string, known: readonly Named[]) {
  // With segments a node has several; those of the default segment are what everybody shares.
  const found = known
    .filter((one) => one.name === name)
    .sort((a, b) => (a.coordinate.Segment < b.coordinate.Segment ? -1 : 1))
  const coordinate = found[0]?.coordinate.Coord
  if (coordinate === undefined || coordinate === null) {
    throw new CommandError(`Could not find a coordinate for node ${JSON.stringify(name)}`)
  }
  return coordinate
}
