import type { Node } from '../../../client/types.ts'
import { defineCommand, expectArguments } from '../../command.ts'
import { orComplain } from '../../command-errors.ts'
import { columns } from '../../print.ts'

export const catalogDatacenters = defineCommand({
  usage: 'catalog datacenters [flags]',
  about: 'Lists the datacenters that are known.',
  asksServers: true,
  flags: {},
  async run({ args, client, read, terminal }) {
    expectArguments(args, 0)
    const names = await orComplain('Error listing datacenters', client.catalog.datacenters(read))
    for (const name of names) terminal.print(name)
    return 0
  },
})

export const catalogNodes = defineCommand({
  usage: 'catalog nodes [flags]',
  about: 'Lists the nodes of the cluster.',
  asksServers: true,
  flags: {
    detailed: { type: 'boolean', help: 'Also addresses and metadata.' },
    near: { type: 'text', argument: 'node', help: 'Nearest first, from this node; _agent is the one asked.' },
    'node-meta': { type: 'pairs', help: 'Only nodes with this metadata. May be repeated.' },
    service: { type: 'text', argument: 'name', help: 'Only nodes that provide this service.' },
    filter: { type: 'text', argument: 'expression', help: 'Only nodes that fit the expression.' },
  },
  async run({ flags, args, client, read, terminal }) {
    expectArguments(args, 0)
    const { near, filter, service } = flags
    const options = { ...read, near, filter, nodeMeta: flags['node-meta'] }
    const attempt = 'Error listing nodes'
    const found =
      service === undefined
        ? (await orComplain(attempt, client.catalog.nodes(options))).value
        : onlyNodes((await orComplain(attempt, client.catalog.service(service, options))).value)
    if (found.length === 0) {
      terminal.print('No nodes match the given query - try expanding your search.')
      return 0
    }
    terminal.print(columns(flags.detailed ? detailedRows(found) : rows(found)))
    return 0
  },
})

export const catalogServices = defineCommand({
  usage: 'catalog services [flags]',
  about: 'Lists the services of the cluster, or of one node.',
  asksServers: true,
  flags: {
    node: { type: 'text', argument: 'name', help: 'Only services of this node, by name or id.' },
    'node-meta': { type: 'pairs', help: 'Only services of nodes with this metadata. May be repeated.' },
    tags: { type: 'boolean', help: 'Also the tags of each service.' },
  },
  async run({ flags, args, client, read, terminal }) {
    expectArguments(args, 0)
    const options = { ...read, nodeMeta: flags['node-meta'] }
    const tagsByName = new Map<string, readonly string[]>()
    if (flags.node === undefined) {
      const { value } = await orComplain('Error listing services', client.catalog.services(options))
      for (const [name, tags] of Object.entries(value)) tagsByName.set(name, tags ?? [])
    } else {
      const { value } = await orComplain('Error listing services', client.catalog.node(flags.node, options))
      for (const { Service, Tags } of Object.values(value?.Services ?? {})) {
        tagsByName.set(Service, [...(tagsByName.get(Service) ?? []), ...(Tags ?? [])])
      }
    }
    if (tagsByName.size === 0) {
      terminal.print('No services match the given query - try expanding your search.')
      return 0
    }
    const names = [...tagsByName.keys()].sort()
    if (!flags.tags) for (const name of names) terminal.print(name)
    else terminal.print(columns(names.map((name) => [name, [...tagsByName.get(name)!].sort().join(',')])))
    return 0
  },
})

type ListedNode = Pick<Node, 'ID' | 'Node' | 'Address' | 'Datacenter' | 'TaggedAddresses' | 'Meta'>

/** The nodes of instances, each once. */
function onlyNodes(
  instances: readonly (Omit<ListedNode, 'Meta'> & { readonly NodeMeta: Node['Meta'] })[],
): readonly ListedNode[] {
  return [...new Map(instances.map((one) => [one.Node, { ...one, Meta: one.NodeMeta }])).values()]
}

function rows(found: readonly ListedNode[]): string[][] {
  return [
    ['Node', 'ID', 'Address', 'DC'],
    // The first of the five groups tells nodes apart well enough for people.
    ...found.map(({ ID, Node, Address, Datacenter }) => [Node, ID.split('-')[0]!, Address, Datacenter]),
  ]
}

function detailedRows(found: readonly ListedNode[]): string[][] {
  return [
    ['Node', 'ID', 'Address', 'DC', 'TaggedAddresses', 'Meta'],
    ...found.map(({ ID, Node, Address, Datacenter, TaggedAddresses, Meta }) => [
      Node,
      ID,
      Address,
      Datacenter,
      pairs(TaggedAddresses),
      pairs(Meta),
    ]),
  ]
}

function pairs(values: Readonly<Record<string, string>> | null): string {
  return Object.entries(values ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(', ')
}
