/**
 * An application as uWSGI runs it beside its agent: it makes itself known with a TTL check and renews that at a third of
 * the TTL, so that two renewals may get lost before anybody misses it. It never takes itself out: when its host is gone, the
 * check lapses, and with it its name.
 *
 *     node examples/distributed/app.ts [PORT] [TTL SECONDS]
 */
import { createServer } from 'node:http'
import { hostname } from 'node:os'

const agent = process.env.CONSUL_HTTP_ADDR ?? '127.0.0.1:8500'
const port = Number(process.argv[2] ?? 9090)
const ttlSeconds = Number(process.argv[3] ?? 30)
const name = 'distributed_app'
const id = process.env.APP_ID ?? `${name}-${hostname()}-${port}`

async function put(path: string, body?: object): Promise<void> {
  const reply = await fetch(`http://${agent}/v1/agent/${path}`, {
    method: 'PUT',
    signal: AbortSignal.timeout(10_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!reply.ok) throw new Error(`the agent at ${agent} answered ${reply.status}: ${(await reply.text()).trim()}`)
}

function register(): Promise<void> {
  return put('service/register', { Name: name, ID: id, Port: port, Check: { TTL: `${ttlSeconds}s` } })
}

/** Says that we are well; an agent that does not know us (it was wiped, or starts anew) is told who we are first. */
async function renew(): Promise<void> {
  try {
    await put(`check/pass/service:${id}`)
  } catch (error) {
    console.error(`${id} cannot renew: ${(error as Error).message}`)
    await register()
      .then(() => put(`check/pass/service:${id}`))
      .catch((again: Error) => console.error(`${id} cannot register: ${again.message}`))
  }
}

createServer((_request, response) => response.end(`${id}\n`)).listen(
  port,
  process.env.APP_BIND ?? '0.0.0.0',
  async () => {
    await renew()
    console.log(`${id} serves on port ${port}`)
    setInterval(renew, (ttlSeconds * 1000) / 3)
  },
)
