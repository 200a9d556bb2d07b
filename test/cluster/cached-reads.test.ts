import { expect, test } from 'vitest'
import { eventually } from './agent-process.ts'
import { Datacenter } from './datacenter.ts'

const quickly = ['-retry-interval=1s', '-hcl=performance { raft_multiplier = 1  rpc_hold_timeout = "1s" }']

test('a client answers ?cached at once, up to date, and still while no server is there', {
  timeout: 120_000,
}, async () => {
  await using dc = await Datacenter.plan(quickly)
  const server = dc.start({ name: 'server', server: true, args: ['-bootstrap'] })
  const client = dc.start({ name: 'client', server: false, args: [dc.joining(0).replace('-join', '-retry-join')] })
  await eventually(async () => ((await client.json('/v1/status/leader')) === '' ? undefined : true))
  // A server answers its agents a moment before its own HTTP interface listens.
  const register = (Port: number) =>
    eventually(() =>
      server.put('/v1/catalog/register', { Node: 'n', Address: '192.0.2.1', Service: { Service: 'web', Port } }),
    )
  const cached = async () => {
    const { status, body, headers } = await client.ask('/v1/catalog/service/web?cached')
    const ports =
      status === 200 ? JSON.parse(body).map(({ ServicePort }: { ServicePort: number }) => ServicePort) : body
    return [ports, headers['x-cache'], headers.age]
  }

  await register(80)
  expect(await cached()).toEqual([[80], 'MISS', undefined])
  expect(await cached()).toEqual([[80], 'HIT', '0'])
  await register(81)
  await eventually(async () => ((await cached())[0][0] === 81 ? true : undefined))
  expect(await cached()).toEqual([[81], 'HIT', '0'])

  await server.process.stop('SIGKILL')
  const [ports, cache] = await eventually(async () => {
    const answer = await cached()
    return Number(answer[2]) > 0 ? answer : undefined
  })
  expect([ports, cache]).toEqual([[81], 'HIT'])
  expect((await client.ask('/v1/catalog/service/web')).status).toBe(500)

  server.restart()
  await eventually(async () => ((await cached())[2] === '0' ? true : undefined))
  await register(82)
  await eventually(async () => ((await cached())[0][0] === 82 ? true : undefined))
})
