import { expect, test } from 'vitest'
import { eventually } from './agent-process.ts'
import { type GossipAgent, GossipNetwork } from './gossip-agents.ts'

const alive = 1
const oldKey = Buffer.alloc(32, 1).toString('base64')
const newKey = Buffer.alloc(16, 2).toString('base64')

/** Keys of the LAN pool by how many members have them, and the primary ones. */
async function keys(agent: GossipAgent): Promise<{ all: Record<string, number>; primary: Record<string, number> }> {
  const { body } = await agent.ask('/v1/operator/keyring')
  const lan = JSON.parse(body).find(({ WAN }: { WAN: boolean }) => !WAN)
  return { all: lan.Keys, primary: lan.PrimaryKeys }
}

/** Node sends the body of a DELETE without its length unless told. */
function change(agent: GossipAgent, method: string, Key: string) {
  const body = JSON.stringify({ Key })
  return agent.ask('/v1/operator/keyring', { method, body, headers: { 'Content-Length': String(body.length) } })
}

test('an encrypted pool takes whoever has the key, and can change it without losing anybody', async () => {
  await using network = await GossipNetwork.open()
  const encrypt = `-encrypt=${oldKey}`
  const a = await network.start('a', { server: true, args: [encrypt] })
  const b = await network.start('b', { args: [encrypt, `-join=${a.address}`] })
  for (const agent of [a, b]) await agent.sees({ a: alive, b: alive })
  expect(await keys(a)).toEqual({ all: { [oldKey]: 2 }, primary: { [oldKey]: 2 } })

  expect(await change(a, 'POST', newKey)).toMatchObject({ status: 200, body: '' })
  expect(await change(a, 'PUT', newKey)).toMatchObject({ status: 200, body: '' })
  expect((await change(a, 'DELETE', newKey)).body).toContain('Removing the primary key is not allowed')
  expect(await change(a, 'DELETE', oldKey)).toMatchObject({ status: 200, body: '' })
  expect(await keys(a)).toEqual({ all: { [newKey]: 2 }, primary: { [newKey]: 2 } })

  // The keyring in the data directory wins over what the flag still says.
  await b.stop('SIGKILL')
  const again = await network.start('b', { args: [encrypt] })
  for (const agent of [a, again]) await agent.sees({ a: alive, b: alive })
  await eventually(async () => ((await keys(a)).all[newKey] === 2 ? true : undefined))
})

test('who has another key, or none, stays outside', async () => {
  await using network = await GossipNetwork.open()
  const a = await network.start('a', { args: [`-encrypt=${oldKey}`] })
  const other = await network.start('other', { args: [`-encrypt=${newKey}`] })
  const plain = await network.start('plain')
  for (const agent of [other, plain]) {
    const { status, body } = await agent.put(`/v1/agent/join/${a.address}`)
    expect(status).toBe(500)
    expect(body).toMatch(/^1 error occurred:\n\t\* Failed to join /)
  }
  await a.sees({ a: alive })
})

test('a key that is none stops the start', async () => {
  await using network = await GossipNetwork.open()
  const agent = await network.spawn('a', { args: ['-encrypt=abc'] })
  expect((await agent.exited).code).toBe(1)
  expect(agent.stderr).toMatch(/encrypt: /)
})
