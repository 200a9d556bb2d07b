/**
 * A tiny web application that makes itself known, as uWSGI and other application servers do: it registers with a check that
 * it must renew (a TTL), renews it three times as often as needed, and takes itself out when it is stopped.
 *
 *     node examples/tutorial/web.ts 9001
 */
import { createServer } from 'node:http'

const port = Number(process.argv[2] ?? 9001)
const agent = process.env.CONSUL_HTTP_ADDR ?? '127.0.0.1:8500'
const name = 'web'
const id = `${name}-${port}`
const ttlSeconds = 15

async function tell(path: string, body?: object): Promise<void> {
  const reply = await fetch(`http://${agent}/v1/agent/${path}`, {
    method: 'PUT',
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  if (!reply.ok) throw new Error(`the agent at ${agent} answered ${reply.status}: ${await reply.text()}`)
}

function register(): Promise<void> {
  return tell('service/register', {
    Name: name,
    ID: id,
    Port: port,
    Address: '127.0.0.1',
    Check: { TTL: `${ttlSeconds}s`, DeregisterCriticalServiceAfter: '10m' },
  })
}

async function renew(): Promise<void> {
  try {
    await tell(`check/pass/service:${id}`)
  } catch (error) {
    // The agent may have been replaced by one that does not know us.
    console.error(`cannot renew: ${(error as Error).message}; registering again`)
    await register().catch((again: Error) => console.error(again.message))
  }
}

const server = createServer((_request, response) => response.end(`Hello from ${id}\n`))
server.listen(port, '127.0.0.1', async () => {
  await register()
  await renew()
  console.log(`${id} serves on http://127.0.0.1:${port}/`)
  const timer = setInterval(renew, (ttlSeconds * 1000) / 3)

  const leave = async () => {
    clearInterval(timer)
    await tell(`service/deregister/${id}`).catch((error: Error) => console.error(error.message))
    server.close()
    console.log(`${id} has left`)
  }
  process.once('SIGTERM', leave)
  process.once('SIGINT', leave)
})
