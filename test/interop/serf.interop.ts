import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { eventually, run, scratchDir } from '../cluster/agent-process.ts'
import { type GossipAgent, GossipNetwork } from '../cluster/gossip-agents.ts'
import { SerfAgent } from './serf-agent.ts'

const alive = 1
const left = 3
const failed = 4
const oldKey = Buffer.alloc(32, 1).toString('base64')
const newKey = Buffer.alloc(32, 2).toString('base64')
const plugin = fileURLToPath(new URL('talkative-plugin.ts', import.meta.url))

interface Wishes {
  readonly encrypted?: boolean
  readonly compress?: boolean
}

/** Agents of both kinds in one network, whose packets look alike. */
async function meeting({ encrypted = false, compress = true }: Wishes = {}) {
  const network = await GossipNetwork.open()
  const dir = scratchDir()
  const serfs: SerfAgent[] = []
  const key = encrypted ? oldKey : undefined
  return {
    ours: (name: string, ...more: string[]) => {
      const keyFlag = key === undefined ? [] : [`-encrypt=${key}`]
      const compression = `-hcl=plugins { gossip { compress = ${compress} } }`
      return network.start(name, { args: [`-plugin=${plugin}`, compression, ...keyFlag, ...more] })
    },
    serf: async (name: string, tags = {}) => {
      const address = network.addressOf(name)
      const serf = await SerfAgent.start({ name, address, port: network.lanPort, dir: dir.path, key, compress, tags })
      serfs.push(serf)
      return serf
    },
    at: (agent: { readonly address: string }) => `${agent.address}:${network.lanPort}`,
    async [Symbol.asyncDispose]() {
      await Promise.all(serfs.map((serf) => serf.stop('SIGKILL')))
      await network[Symbol.asyncDispose]()
      dir[Symbol.dispose]()
    },
  }
}

async function ask(agent: GossipAgent, query: string, payload: string): Promise<[from: string, answer: string][]> {
  const { body } = await agent.ask(`/v1/talk/query/${query}`, { method: 'PUT', body: payload })
  return JSON.parse(body)
}

test.concurrent('the real serf is installed', async () => {
  expect(await run(['version'], { command: 'serf' })).toMatchObject({ code: 0 })
})

describe.concurrent.for([
  ['plain and compressed', {}],
  ['plain, nothing compressed', { compress: false }],
  ['encrypted and compressed', { encrypted: true }],
  ['encrypted, nothing compressed', { encrypted: true, compress: false }],
] as const)('in a pool that is %s', ([, wishes]) => {
  test('serf joins us: members, tags, events and queries in both directions, and a leave', async () => {
    await using all = await meeting(wishes)
    const a = await all.ours('a')
    const b = await all.ours('b', `-join=${a.address}`)
    const s = await all.serf('s', { zone: 'z1' })
    await s.must('join', all.at(b))
    for (const agent of [a, b]) await agent.sees({ a: alive, b: alive, s: alive })
    await s.sees({ a: 'alive', b: 'alive', s: 'alive' })

    const shown = (await a.members()).find(({ Name }) => Name === 's')
    expect(shown).toMatchObject({ Addr: s.address, Tags: { role: 'web', zone: 'z1' } })
    const shownThere = (await s.members()).find(({ name }) => name === 'a')
    expect(shownThere).toMatchObject({ addr: all.at(a), tags: { role: 'node', dc: 'dc1', vsn: '2', segment: '' } })

    await s.must('tags', '-set', 'zone=z2')
    await eventually(async () => ((await a.members()).some(({ Tags }) => Tags.zone === 'z2') ? true : undefined))

    await s.must('event', '-coalesce=false', 'deploy', 'from serf')
    for (const agent of [a, b]) await agent.printed(/heard: event=deploy payload="from serf"/)
    await a.ask('/v1/talk/event/deploy', { method: 'PUT', body: 'from us' })
    await b.printed(/heard: event=deploy payload="from us"/)
    await s.heard('deploy', 'from us')

    const answers = await s.must('query', '-timeout=5s', 'whois', 'politely')
    for (const name of ['a', 'b', 's']) expect(answers).toContain(`Response from '${name}': ${name} was asked politely`)
    expect(answers).toContain('Total Acks: 3')
    expect((await ask(b, 'whois', 'kindly')).sort()).toEqual([
      ['a', 'a was asked kindly'],
      ['b', 'b was asked kindly'],
      ['s', 's was asked kindly'],
    ])
    expect(await s.must('rtt', 'a', 's')).toMatch(/Estimated a <-> s rtt: [\d.]+ ms/)

    await s.must('leave')
    for (const agent of [a, b]) await agent.sees({ a: alive, b: alive, s: left })
  })
})

test.concurrent('we join serf; it sees us leave, and sees one of us fail that is killed', async () => {
  await using all = await meeting()
  const s = await all.serf('s')
  const t = await all.serf('t')
  await t.must('join', all.at(s))
  const a = await all.ours('a', `-join=${s.address}`)
  const b = await all.ours('b', `-join=${t.address}`)
  const everybody = { a: 'alive', b: 'alive', s: 'alive', t: 'alive' }
  for (const serf of [s, t]) await serf.sees(everybody)
  for (const agent of [a, b]) await agent.sees({ a: alive, b: alive, s: alive, t: alive })
  await Promise.all([a.stop('SIGTERM'), b.stop('SIGKILL')])
  for (const serf of [s, t]) await serf.sees({ ...everybody, a: 'left', b: 'failed' })

  await s.must('force-leave', 'b')
  for (const serf of [s, t]) await serf.sees({ ...everybody, a: 'left', b: 'left' })
})

test.concurrent('we see a serf fail that is killed, and know it again when it comes back', async () => {
  await using all = await meeting()
  const a = await all.ours('a')
  const s = await all.serf('s')
  const t = await all.serf('t')
  for (const serf of [s, t]) await serf.must('join', all.at(a))
  await a.sees({ a: alive, s: alive, t: alive })
  await t.sees({ a: 'alive', s: 'alive', t: 'alive' })
  await s.stop('SIGKILL')
  await a.sees({ a: alive, s: failed, t: alive })
  const again = await all.serf('s')
  await again.must('join', all.at(a))
  await a.sees({ a: alive, s: alive, t: alive })
  await t.sees({ a: 'alive', s: 'alive', t: 'alive' })

  await t.stop('SIGKILL')
  await a.sees({ a: alive, s: alive, t: failed })
  await a.put('/v1/agent/force-leave/t')
  await a.sees({ a: alive, s: alive, t: left })
  await again.sees({ a: 'alive', s: 'alive', t: 'left' })
})

test.concurrent('keys change everywhere, whoever asks for it', async () => {
  await using all = await meeting({ encrypted: true })
  const a = await all.ours('a', '-server')
  const s = await all.serf('s')
  await s.must('join', all.at(a))
  await a.sees({ a: alive, s: alive })

  const change = async (method: string, Key: string) => {
    const body = JSON.stringify({ Key })
    const headers = { 'Content-Length': String(body.length) }
    expect(await a.ask('/v1/operator/keyring', { method, body, headers })).toMatchObject({ status: 200, body: '' })
  }
  await change('POST', newKey)
  await change('PUT', newKey)
  await change('DELETE', oldKey)
  const lan = JSON.parse((await a.ask('/v1/operator/keyring')).body).find(({ WAN }: { WAN: boolean }) => !WAN)
  expect(lan).toMatchObject({ NumNodes: 2, Keys: { [newKey]: 2 }, PrimaryKeys: { [newKey]: 2 } })

  await s.must('keys', `-install=${oldKey}`)
  await s.must('keys', `-use=${oldKey}`)
  await s.must('keys', `-remove=${newKey}`)
  const listed = await s.must('keys', '-list')
  expect(listed.replaceAll(/ +/g, ' ')).toContain(`${oldKey} [2/2]`)
  expect(listed).not.toContain(newKey)

  await a.ask('/v1/talk/event/deploy', { method: 'PUT', body: 'after the change' })
  await s.heard('deploy', 'after the change')
  await a.sees({ a: alive, s: alive })
})
