import { expect, test } from 'vitest'
import { Agent } from '../../src/kernel/agent.ts'
import { Log } from '../../src/kernel/log.ts'
import { definePlugin } from '../../src/kernel/plugin.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { NoLeaderError } from '../../src/wire/cluster-errors.ts'
import { FakeCatalog } from './catalog.fixture.ts'
import localState from './index.ts'
import { FakeRunner, facts } from './local-agent.fixture.ts'

/** An agent that has started while nobody led, and so could not write anything; its first retry is later than a second. */
async function leaderlessAgent({ server }: { readonly server: boolean }) {
  const theirs = new FakeCatalog()
  theirs.trouble = new NoLeaderError()
  const clock = new VirtualClock()
  const around = definePlugin({
    name: 'around',
    provides: ['node', 'catalog', 'checks'],
    setup({ services }) {
      services.provide('node', {
        ...{ name: facts.Node, id: facts.ID, server, datacenter: 'dc1', meta: {}, dataDir: undefined },
        ...{ advertiseAddress: facts.Address, taggedAddresses: facts.TaggedAddresses },
      } as never)
      services.provide('catalog', theirs.catalog)
      services.provide('checks', new FakeRunner())
    },
  })
  const agent = new Agent({
    plugins: [around, localState].map((plugin) => ({ plugin, origin: 'test' })),
    optionsOf: ({ name }) => (name === 'local-state' ? { checkUpdateInterval: 0, checkOutputMaxSize: 4096 } : {}),
    log: new Log({ level: 'error', json: false, write: () => {}, nowMs: () => 0 }),
    clock,
    random: seededRandom(1),
    onFatal: (error) => {
      throw error
    },
  })
  await agent.start()
  await clock.advance(0)
  theirs.trouble = undefined
  theirs.log.length = 0
  const heard = (name: string) => agent.hooks.userEvent.call({ name, payload: Buffer.from('server-1'), lTime: 1 })
  return { agent, clock, theirs, heard }
}

test('a client writes what it could not as soon as it hears of a new leader, within three seconds', async () => {
  const { agent, clock, theirs, heard } = await leaderlessAgent({ server: false })
  heard('consul:event:deploy')
  await clock.advance(3000)
  expect(theirs.log).toEqual([])
  heard('consul:new-leader')
  await clock.advance(3000)
  expect(theirs.log).toEqual(['register node'])
  await agent.stop()
})

test('a server learns of its leader otherwise, and at once', async () => {
  const { agent, clock, theirs, heard } = await leaderlessAgent({ server: true })
  heard('consul:new-leader')
  await clock.advance(3000)
  expect(theirs.log).toEqual([])
  agent.hooks.leadership.call({
    ...{ role: 'follower', term: 2, signal: new AbortController().signal },
    leader: { id: 'x', address: '192.0.2.9:8300' },
  })
  await clock.advance(0)
  expect(theirs.log).toEqual(['register node'])
  await agent.stop()
})
