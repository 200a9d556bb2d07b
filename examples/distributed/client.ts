/**
 * Finds every instance of `distributed_app` twice: in the catalog, which lists all that registered, and in DNS, which lists
 * those that are well.
 *
 *     node examples/distributed/client.ts
 */
import { Resolver } from 'node:dns/promises'

const agent = process.env.CONSUL_HTTP_ADDR ?? '127.0.0.1:8500'
const dns = process.env.CONSUL_DNS_ADDR ?? '127.0.0.1:8600'
const name = 'distributed_app'

interface CatalogService {
  readonly Node: string
  readonly Address: string
  readonly ServiceID: string
  readonly ServiceAddress: string
  readonly ServicePort: number
}

const reply = await fetch(`http://${agent}/v1/catalog/service/${name}`)
if (!reply.ok) throw new Error(`the agent at ${agent} answered ${reply.status}: ${(await reply.text()).trim()}`)
const registered = (await reply.json()) as CatalogService[]
for (const { Node, Address, ServiceID, ServiceAddress, ServicePort } of registered) {
  console.log(`catalog  ${ServiceID}  ${ServiceAddress || Address}:${ServicePort}  on ${Node}`)
}

const resolver = new Resolver()
resolver.setServers([dns])
for (const address of await resolve()) console.log(`dns      ${name}.service.consul  ${address}`)

/** Addresses of the instances that are well; none when the name does not exist. */
async function resolve(): Promise<string[]> {
  try {
    return (await resolver.resolve4(`${name}.service.consul`)).sort()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOTFOUND' || code === 'ENODATA') return []
    throw new Error(`the DNS server at ${dns} cannot be asked: ${(error as Error).message}`, { cause: error })
  }
}
