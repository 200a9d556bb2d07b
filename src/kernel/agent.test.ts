import { expect, test } from 'vitest'
import { seededRandom } from '../testing/seeded-random.ts'
import { VirtualClock } from '../testing/virtual-clock.ts'
import { Agent, type AgentSetup } from './agent.ts'
import { ConfigError, ProconsulError } from './errors.ts'
import { Log } from './log.ts'
import type { AnyPlugin } from './plugin.ts'

/** Services of these tests only. */
declare module './services.ts' {
  interface Services {
    testNumber: number
  }
}

function agentOf(...plugins: AnyPlugin[]) {
  return agentWith({}, ...plugins)
}

function agentWith(more: Partial<AgentSetup>, ...plugins: AnyPlugin[]) {
  const lines: string[] = []
  const fatal: unknown[] = []
  const clock = new VirtualClock()
  const agent = new Agent({
    plugins: plugins.map((plugin) => ({ plugin, origin: 'test' })),
    optionsOf: () => ({}),
    log: new Log({ level: 'trace', json: false, write: (line) => void lines.push(line), nowMs: () => clock.wallMs() }),
    clock,
    random: seededRandom(1),
    onFatal: (error) => void fatal.push(error),
    ...more,
  })
  return { agent, lines, fatal, clock }
}

test('plugins start in the order of their needs and stop in the reverse', async () => {
  const story: string[] = []
  const teller = (name: string, rest: Partial<AnyPlugin> = {}): AnyPlugin => ({
    name,
    ...rest,
    setup(agent) {
      if (rest.provides) agent.services.provide('testNumber', 7)
      agent.hooks.start.tapPromise(name, async () => {
        story.push(`${name} starts`)
        agent.own(() => void story.push(`${name} closes`))
      })
      agent.hooks.stop.tapPromise(name, async () => void story.push(`${name} stops`))
    },
  })
  const { agent } = agentOf(teller('a', { requires: ['testNumber'] }), teller('b', { provides: ['testNumber'] }))
  await agent.start()
  await agent.stop()
  expect(story).toEqual(['b starts', 'a starts', 'a stops', 'b stops', 'a closes', 'b closes'])
})

test('a start that fails closes what was open and comes out with its error', async () => {
  const story: string[] = []
  const { agent } = agentOf(
    {
      name: 'a',
      setup: (context) =>
        context.hooks.start.tapPromise('a', async () => context.own(() => void story.push('a closes'))),
    },
    {
      name: 'b',
      setup: (context) =>
        context.hooks.start.tapPromise('b', async () => {
          throw new ProconsulError('port taken')
        }),
    },
  )
  await expect(agent.start()).rejects.toThrow('port taken')
  expect(story).toEqual(['a closes'])
})

test('an observer that throws is reported under its plugin and the others are still told', async () => {
  let told = 0
  const { agent, lines } = agentOf(
    {
      name: 'a',
      setup: (context) =>
        context.hooks.committed.tap('a', () => {
          throw new Error('oops')
        }),
    },
    { name: 'b', setup: (context) => context.hooks.committed.tap('b', () => void told++) },
  )
  agent.hooks.committed.call(1)
  expect(told).toBe(1)
  expect(lines.join('')).toContain('plugin=a where=committed error=oops')
})

test('a tap whose name is no plugin is refused', () => {
  expect(() =>
    agentOf({ name: 'a', setup: (context) => context.hooks.ready.tap('somebody', () => undefined) }),
  ).toThrow('a tap on the hook "ready" is named "somebody"')
})

test('a service nobody declared a need for is refused', () => {
  expect(() => agentOf({ name: 'a', setup: (context) => void context.services.get('testNumber' as never) })).toThrow(
    'without naming it under requires or wants',
  )
})

test('a plugin whose setup or start throws is named, and trouble that is expected comes out as it is', async () => {
  const throwing = () => {
    throw new TypeError('oops')
  }
  expect(() => agentOf({ name: 'a', setup: throwing })).toThrow('plugin "a" failed in setup: oops')
  const agentThatStarts = (start: () => Promise<void>) =>
    agentOf({ name: 'a', setup: (context) => context.hooks.start.tapPromise('a', start) }).agent
  await expect(agentThatStarts(async () => throwing()).start()).rejects.toThrow('plugin "a" failed in start: oops')
  await expect(agentThatStarts(() => Promise.reject(new ConfigError('port taken'))).start()).rejects.toThrow(
    /^port taken$/,
  )
})

test('a service that was declared and not provided is a bug of the plugin and named as one', () => {
  expect(() => agentOf({ name: 'a', provides: ['testNumber'], setup: () => undefined })).toThrow(
    'plugin "a" failed in setup: it declares the service "testNumber" but did not provide it',
  )
})

test('two plugins of one name are refused with where they come from', () => {
  const twin = { name: 'twin', setup: () => undefined }
  expect(() => agentOf(twin, { ...twin })).toThrow('two plugins are named "twin"')
})

test('the list of plugins shows origin, services and taps', () => {
  const { agent } = agentOf({
    name: 'a',
    summary: 'does a',
    provides: ['testNumber'],
    setup(context) {
      context.services.provide('testNumber', 1)
      context.hooks.dnsZone.for('service').tapPromise('a', async () => undefined)
      context.hooks.ready.tap('a', () => undefined)
    },
  })
  expect(agent.plugins()).toEqual([
    {
      name: 'a',
      summary: 'does a',
      origin: 'test',
      provides: ['testNumber'],
      requires: [],
      wants: [],
      taps: ['dnsZone.service', 'ready'],
    },
  ])
})

test('reload hands each plugin its new options, and one that cannot take them hurts nobody else', async () => {
  const got: unknown[] = []
  const { agent, lines } = agentOf(
    {
      name: 'a',
      setup: (context) =>
        context.onReload(() => {
          throw new Error('no')
        }),
    },
    { name: 'b', setup: (context) => context.onReload((options) => void got.push(options)) },
  )
  await agent.reload(() => ({ level: 'debug' }))
  expect(got).toEqual([{ level: 'debug' }])
  expect(lines.join('')).toContain('where=reload')
})

test('a plugin may ask for a reload, where there is configuration to read', async () => {
  const asks: (() => Promise<void>)[] = []
  const asking: AnyPlugin = { name: 'a', setup: ({ reload }) => void asks.push(reload) }
  let reloads = 0
  agentWith({ onReload: async () => void reloads++ }, asking)
  agentOf(asking)
  await asks[0]!()
  expect(reloads).toBe(1)
  await expect(asks[1]!()).rejects.toThrow('without configuration')
})

test('a fatal error is told once', () => {
  const { agent, fatal } = agentOf({
    name: 'a',
    setup: (context) =>
      context.hooks.ready.tap('a', () => {
        context.fatal(new Error('first'))
        context.fatal(new Error('second'))
      }),
  })
  agent.hooks.ready.call()
  expect(fatal).toHaveLength(1)
})

test('a plugin can have the agent leave: every plugin leaves once, then the owner is told', async () => {
  const story: string[] = []
  let leave = async () => {}
  const { agent } = agentWith(
    { onLeft: () => void story.push('told') },
    {
      name: 'a',
      setup(context) {
        leave = () => context.leave()
        context.hooks.leave.tapPromise('a', async () => void story.push('left'))
      },
    },
  )
  await agent.start()
  await leave()
  expect(story).toEqual(['left', 'told'])
  await agent.leave()
  expect(story).toEqual(['left', 'told'])
})
