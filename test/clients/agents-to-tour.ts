import { eventually } from '../cluster/agent-process.ts'
import { Datacenter, type DatacenterAgent } from '../cluster/datacenter.ts'

/** A server and a client agent: a library must not notice which of them it talks to. */
export async function agentsToTour() {
  const datacenter = await Datacenter.plan()
  const server = datacenter.start({ name: 'server', server: true, args: ['-bootstrap'] })
  await eventually(async () => ((await server.json('/v1/status/leader')) === '' ? undefined : true))
  const [client] = (await datacenter.clients(1)) as [DatacenterAgent]
  const urlOf = ({ ip, ports }: DatacenterAgent) => `http://${ip}:${ports.http}`
  return { datacenter, urls: { 'a server': urlOf(server), 'a client agent': urlOf(client) } }
}

export type ToTour = Awaited<ReturnType<typeof agentsToTour>>
export const kindsOfAgent = ['a server', 'a client agent'] as const satisfies readonly (keyof ToTour['urls'])[]
