/**
 * Finds the instances of a service that are well, and asks each of them.
 *
 *     node examples/tutorial/client.ts web
 */
const name = process.argv[2] ?? 'web'
const agent = process.env.CONSUL_HTTP_ADDR ?? '127.0.0.1:8500'

interface Instance {
  readonly Node: { readonly Address: string }
  readonly Service: { readonly ID: string; readonly Address: string; readonly Port: number }
}

const reply = await fetch(`http://${agent}/v1/health/service/${encodeURIComponent(name)}?passing`)
if (!reply.ok) throw new Error(`the agent at ${agent} answered ${reply.status}: ${await reply.text()}`)
const instances = (await reply.json()) as Instance[]

if (instances.length === 0) console.log(`no instance of ${name} is well`)
for (const { Node, Service } of instances) {
  const url = `http://${Service.Address || Node.Address}:${Service.Port}/`
  console.log(`${Service.ID} at ${url}: ${(await (await fetch(url)).text()).trim()}`)
}
