import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, test } from 'vitest'
import { agentPorts, eventually, run, scratchDir } from './agent-process.ts'
import { serverFlags, startServer } from './server.ts'

let dir: string
beforeEach(() => {
  const scratch = scratchDir()
  dir = scratch.path
  return () => scratch[Symbol.dispose]()
})

function write(name: string, text: string): string {
  const path = join(dir, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}

/** A plugin that answers a route with a word of its options. */
const greeter = (extra = '') => `
  export default {
    name: 'greeter',
    summary: 'answers a greeting',
    options: { word: { type: 'text', default: 'hello', help: 'What it says.' } },
    ${extra}
    setup(agent, options) {
      agent.hooks.httpRoutes.tap('greeter', (routes) =>
        routes.add({
          methods: ['GET'],
          path: '/v1/greeting',
          summary: 'A greeting',
          answer: () => ({ kind: 'plain', status: 200, type: 'text/plain', body: options.word }),
        }),
      )
    },
  }`

describe('proconsul plugins', () => {
  test('shows what is loaded, from where, and what it taps', async () => {
    const { code, stdout, stderr } = await run(['plugins'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^Plugin +From +Provides +What it does +Hooks it taps$/m)
    for (const name of ['node', 'state', 'raft', 'catalog', 'kv', 'local-state', 'health-checks', 'http-api', 'dns']) {
      expect(stdout).toMatch(new RegExp(`^${name} +bundled +`, 'm'))
    }
    expect(stdout).toMatch(/^raft +bundled +consensus .*\bhttpRoutes\b.*\bstart\b/m)
  })

  test('says the same as JSON', async () => {
    const file = write('greeter.ts', greeter())
    const { code, stdout } = await run(['plugins', '-format=json', '-dev', `-plugin=${file}`, '-disable-plugin=dns'])
    expect(code).toBe(0)
    const { plugins, disabled } = JSON.parse(stdout)
    expect(disabled).toEqual(['dns'])
    expect(plugins).toContainEqual(
      expect.objectContaining({ name: 'greeter', origin: file, summary: 'answers a greeting', taps: ['httpRoutes'] }),
    )
    expect(plugins).toContainEqual(
      expect.objectContaining({ name: 'catalog', origin: 'bundled', provides: expect.arrayContaining(['catalog']) }),
    )
    expect(plugins.map(({ name }: { name: string }) => name)).not.toContain('dns')
  })
})

test('a plugin is switched off by a flag or in the configuration, and its keys stay known', async () => {
  const file = write('agent.hcl', 'plugins { dns { enabled = false } }\ndns_config { node_ttl = "1s" }')
  for (const flag of ['-disable-plugin=dns', `-config-file=${file}`]) {
    await using server = await startServer({ args: [flag] })
    expect(server.output).toMatch(/plugins switched off: plugins=dns/)
    expect(server.output).not.toContain('Started DNS server')
    expect(await server.put('/v1/kv/a', 'b')).toBe('true')
  }
})

test('switching off what others need says who needs it', async () => {
  const { code, stderr } = await run(['agent', '-dev', '-disable-plugin=state'])
  expect(stderr).toMatch(/plugin "[a-z-]+" needs the service "state", which no enabled plugin provides; enable one/)
  expect(code).toBe(1)
})

test('switching off a plugin that is not there names the nearest', async () => {
  const { code, stderr } = await run(['agent', '-dev', '-disable-plugin=dsn'])
  expect(stderr).toMatch(/-disable-plugin: there is no plugin dsn.*did you mean dns\?/)
  expect(code).toBe(1)
})

describe('a third-party plugin', () => {
  test('is loaded from a TypeScript file beside the configuration, with its options', async () => {
    write(
      'plugins/greeter.ts',
      `import type { x } from 'nowhere'\n${greeter().replace('options)', 'options: { word: string })')}`,
    )
    const file = write('agent.hcl', 'plugins {\n  greeter { path = "./plugins/greeter.ts"  word = "good day" }\n}')
    await using server = await startServer({ args: [`-config-file=${file}`] })
    expect(await server.get('/v1/greeting')).toBe('good day')
  })

  test('is loaded from a folder', async () => {
    write('greeter/index.mjs', greeter())
    await using server = await startServer({ args: ['-plugin=./greeter'], cwd: dir })
    expect(await server.get('/v1/greeting')).toBe('hello')
  })

  test('is loaded from an npm package that is installed where the agent starts', async () => {
    const manifest = { name: 'proconsul-greeter', version: '1.0.0', type: 'module', exports: './lib/main.js' }
    write('node_modules/proconsul-greeter/package.json', JSON.stringify(manifest))
    write('node_modules/proconsul-greeter/lib/main.js', greeter())
    await using byFlag = await startServer({ args: ['-plugin', 'proconsul-greeter'], cwd: dir })
    expect(await byFlag.get('/v1/greeting')).toBe('hello')
    await byFlag.stop()
    const file = write('conf/agent.hcl', 'plugins { greeter { path = "proconsul-greeter" word = "salve" } }')
    await using byFile = await startServer({ args: [`-config-file=${file}`], cwd: dir })
    expect(await byFile.get('/v1/greeting')).toBe('salve')
  })

  test.for([
    ['that is not there', undefined, /plugin "\.\/third\.mjs" not found: there is no .*third\.mjs/],
    ['that does not parse', 'export default {', /plugin "\.\/third\.mjs" cannot be loaded from .*third\.mjs: /],
    [
      'that throws while it is read',
      'throw new Error("out of tea")',
      /plugin "\.\/third\.mjs" cannot be loaded .*out of tea/,
    ],
    [
      'without a default export',
      'export const name = "third"',
      /third\.mjs is no plugin; export default \{ name, setup/,
    ],
    ['without a setup', 'export default { name: "third" }', /third\.mjs is no plugin; export default \{ name, setup/],
    ['that is no object', 'export default 5', /third\.mjs is no plugin; export default \{ name, setup/],
    [
      'that needs a service nobody has',
      'export default { name: "third", requires: ["teapot"], setup() {} }',
      /plugin "third" needs the service "teapot", which no enabled plugin provides/,
    ],
    [
      'with a name that is taken',
      'export default { name: "dns", setup() {} }',
      /two plugins are named "dns": one from bundled, one from .*third\.mjs/,
    ],
    [
      'that provides what another has',
      'export default { name: "third", provides: ["catalog"], setup() {} }',
      /plugins "catalog" and "third" both provide the service "catalog"/,
    ],
    [
      'whose setup throws',
      'export default { name: "third", setup() { throw new Error("out of tea") } }',
      /plugin "third" failed in setup: out of tea.*third\.mjs:1:.*bug in the plugin "third"/s,
    ],
    [
      'that asks for a service it did not name',
      'export default { name: "third", setup(agent) { agent.services.get("catalog") } }',
      /plugin "third" asked for the service "catalog" without naming it/,
    ],
    [
      'whose option has no known type',
      'export default { name: "third", options: { a: { type: "colour", help: "x" } }, setup() {} }',
      /third\.mjs declares cannot be used: options\.a has the type "colour"; use one of text, path/,
    ],
    [
      'whose start throws',
      'export default { name: "third", setup(agent) { agent.hooks.start.tapPromise("third", async () => { throw new Error("out of tea") }) } }',
      /plugin "third" failed in start: out of tea.*third\.mjs:1:.*bug in the plugin "third"/s,
    ],
  ] as const)('%s is refused with its name and place', async ([, text, message]) => {
    if (text !== undefined) write('third.mjs', text)
    const { code, stderr } = await run([...serverFlags(await agentPorts()), '-plugin=./third.mjs'], { cwd: dir })
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('This is a bug in Proconsul')
    expect(code).toBe(1)
  })

  test('under a block with another name, or with an option it does not have, names the line', async () => {
    write('greeter.ts', greeter())
    const named = write('named.hcl', 'plugins {\n  hello { path = "./greeter.ts" }\n}')
    expect((await run(['validate', named])).stderr).toMatch(/named\.hcl:2:3: plugins\.hello: .*is named "greeter"/)
    const optioned = write('optioned.hcl', 'plugins {\n  greeter {\n    path = "./greeter.ts"\n    wrod = "x"\n  }\n}')
    expect((await run(['validate', optioned])).stderr).toMatch(
      /optioned\.hcl:4:5: plugins\.greeter\.wrod: .*did you mean .*word\?/,
    )
  })

  test('whose taps throw is named in the log, and the agent goes on', async () => {
    const text = `export default {
      name: 'clumsy',
      setup(agent) {
        agent.hooks.committed.tap('clumsy', () => { throw new Error('dropped it') })
        agent.hooks.ready.tap('clumsy', () => { throw new Error('tripped') })
      },
    }`
    write('clumsy.mjs', text)
    await using server = await startServer({ args: ['-plugin=./clumsy.mjs'], cwd: dir })
    expect(await server.put('/v1/kv/a', 'b')).toBe('true')
    await server.printed(/fault in a plugin: plugin=clumsy where=ready error=tripped/)
    await server.printed(/fault in a plugin: plugin=clumsy where=committed error="dropped it"/)
    expect(await server.get('/v1/kv/a?raw')).toBe('b')
  })
})

test('the example check plugin runs from its own configuration, and checks registered by hand are of its type too', async () => {
  const file = fileURLToPath(new URL('../../examples/check-plugin/agent.hcl', import.meta.url))
  await using server = await startServer({ args: [`-config-file=${file}`], cwd: dir })
  expect(await server.json('/v1/agent/checks')).toMatchObject({ room: { Name: 'room on the system disk' } })
  const settled = (path: string, status: string, output: RegExp) =>
    eventually(async () => {
      const [check] = await server.json(path)
      return check?.Status === status && output.test(check.Output) ? true : undefined
    })

  const register = (critical: string) =>
    server.put('/v1/agent/service/register', {
      Name: 'archive',
      Check: { CheckID: 'archive-disk', Interval: '1s', disk: { path: '/', warning: '0%', critical } },
    })
  await register('0%')
  await settled('/v1/health/checks/archive', 'passing', /^\d+\.\d% of \/ is free$/)
  // The check of the configuration is one of the whole node, so it counts as well.
  await eventually(async () =>
    (await server.json('/v1/health/service/archive?passing')).length === 1 ? true : undefined,
  )
  await register('100%')
  await settled('/v1/health/checks/archive', 'critical', /less than 100%/)
  expect(await server.json('/v1/health/service/archive?passing')).toHaveLength(0)

  const refused = await server.ask('/v1/agent/check/register', {
    method: 'PUT',
    body: '{"Name": "x", "disk": {"critical": "much"}, "Interval": "1s"}',
  })
  expect(refused).toMatchObject({ status: 400, body: expect.stringContaining('disk.critical must be a share') })
})

test('a check type of a third party settles checks like those of Consul', async () => {
  const mood = write(
    'mood.ts',
    `
    export default {
      name: 'mood',
      setup(agent) {
        let mood = 'passing'
        agent.hooks.checkType.for('mood').tap('mood', () => async () => ({ status: mood, output: 'I am ' + mood }))
        agent.hooks.httpRoutes.tap('mood', (routes) =>
          routes.add({
            methods: ['PUT'],
            path: '/v1/mood/:mood',
            summary: 'Changes the mood',
            answer: ({ params }) => {
              mood = params.mood
              return { kind: 'plain', status: 200, type: undefined, body: '' }
            },
          }),
        )
      },
    }`,
  )
  await using server = await startServer({ args: [`-plugin=${mood}`] })
  await server.put('/v1/agent/service/register', {
    Name: 'poet',
    Check: { Mood: {}, Interval: '1s', CheckID: 'm' },
  })
  const settled = (status: string) =>
    eventually(async () => {
      const [check] = await server.json('/v1/health/checks/poet')
      return check?.Status === status && check.Output === `I am ${status}` ? true : undefined
    })
  await settled('passing')
  expect(await server.json('/v1/health/service/poet?passing')).toHaveLength(1)
  await server.put('/v1/mood/critical')
  await settled('critical')
  expect(await server.json('/v1/health/service/poet?passing')).toHaveLength(0)

  const unknown = await server.ask('/v1/agent/check/register', {
    method: 'PUT',
    body: '{"Name":"x","Modo":{},"Interval":"1s"}',
  })
  expect(unknown.status).toBe(400)
  expect(unknown.body).toMatch(/no plugin knows a check type named "Modo"/)
})
