import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { RecordingTerminal } from '../../src/cli/recording-terminal.fixture.ts'
import { run } from '../../src/cli/run.ts'
import { ConsulClient } from '../../src/client/client.ts'
import { acquireLock } from '../../src/client/lock.ts'
import { acquireSemaphore } from '../../src/client/semaphore.ts'
import { AgentProcess, agentPorts, eventually, proconsul, run as runProgram, scratchDir } from './agent-process.ts'

/** The commands that talk to an agent, against a real one. */

let agent: AgentProcess
let client: ConsulClient
let address: string
const dir = scratchDir()

beforeAll(async () => {
  const { http, flags } = await agentPorts()
  address = `127.0.0.1:${http}`
  agent = new AgentProcess(['agent', '-dev', '-node=n1', ...flags])
  client = new ConsulClient({ address }, { environment: {} })
  await eventually(async () => (await client.catalog.nodes()).value[0])
})
beforeEach(async () => {
  await client.kv.delete('', { recurse: true })
  for (const { ID } of (await client.session.list()).value) await client.session.destroy(ID)
})
afterAll(async () => {
  client.close()
  await agent[Symbol.asyncDispose]()
  dir[Symbol.dispose]()
})

interface Outcome {
  readonly status: number
  readonly out: string
  readonly err: string
}

async function command(...words: string[]): Promise<Outcome> {
  return withInput('', ...words)
}

async function withInput(input: string, ...words: string[]): Promise<Outcome> {
  const terminal = new RecordingTerminal({ input, environment: { ...process.env, CONSUL_HTTP_ADDR: address } })
  const status = await run(words, terminal)
  return { status, out: terminal.out, err: terminal.err }
}

function success(out: string): Outcome {
  return { status: 0, out: `${out}\n`, err: '' }
}

describe('kv', () => {
  test('writes and prints values', async () => {
    expect(await command('kv', 'put', 'a/b', 'hello')).toEqual(success('Success! Data written to: a/b'))
    expect(await command('kv', 'get', '/a/b')).toEqual(success('hello'))
    expect(await command('kv', 'get', '-base64', 'a/b')).toEqual(success('aGVsbG8='))
    expect(await command('kv', 'get', 'a')).toMatchObject({ status: 1, err: 'Error! No key exists at: a\n' })
  })

  test('takes values from files, standard input and base64', async () => {
    const file = join(dir.path, 'value')
    writeFileSync(file, 'from a file')
    await command('kv', 'put', 'file', `@${file}`)
    await withInput('from stdin', 'kv', 'put', 'stdin', '-')
    await command('kv', 'put', '-base64', 'base64', 'AP8=')
    await command('kv', 'put', 'sign', '\\@home')
    expect((await client.kv.get('base64')).value?.Value).toEqual(Buffer.from([0, 255]))
    expect((await command('kv', 'get', 'file')).out).toBe('from a file\n')
    expect((await command('kv', 'get', 'stdin')).out).toBe('from stdin\n')
    expect((await command('kv', 'get', 'sign')).out).toBe('@home\n')
    expect(await command('kv', 'put', '-base64', 'x', 'not base64')).toMatchObject({ status: 1 })
    expect(await command('kv', 'put', 'x', '@/proconsul/none')).toMatchObject({ status: 1 })
  })

  test('shows what is known of a key', async () => {
    await command('kv', 'put', '-flags=18446744073709551615', 'a', 'x')
    const { out } = await command('kv', 'get', '-detailed', 'a')
    expect(out).toMatch(
      new RegExp(
        '^CreateIndex      (\\d+)\nFlags            18446744073709551615\nKey              a\nLockIndex        0\n' +
          'ModifyIndex      \\1\nSession          -\nValue            x\n$',
      ),
    )
  })

  test('lists names and everything below a prefix', async () => {
    for (const key of ['a', 'b/1', 'b/2', 'c/d/e']) await client.kv.put(key, key.toUpperCase())
    expect(await command('kv', 'get', '-keys')).toEqual(success('a\nb/\nc/'))
    expect(await command('kv', 'get', '-keys', '-separator=', 'c')).toEqual(success('c/d/e'))
    expect(await command('kv', 'get', '-recurse', 'b/')).toEqual(success('b/1:B/1\nb/2:B/2'))
    expect(await command('kv', 'get', '-recurse', '-keys', 'b/')).toEqual(success('b/1\nb/2'))
    expect((await command('kv', 'get', '-recurse', '-detailed', 'b/')).out.match(/^Key /gm)).toHaveLength(2)
  })

  test('writes and deletes by check-and-set', async () => {
    expect((await command('kv', 'put', '-cas', '-modify-index=0', 'a', '1')).status).toBe(0)
    expect(await command('kv', 'put', '-cas', '-modify-index=1', 'a', '2')).toMatchObject({
      status: 1,
      err: 'Error! Did not write to a: CAS failed\n',
    })
    expect(await command('kv', 'delete', '-cas', '-modify-index=1', 'a')).toMatchObject({
      status: 1,
      err: 'Error! Did not delete key a: CAS failed\n',
    })
    const index = (await client.kv.get('a')).value!.ModifyIndex
    expect(await command('kv', 'delete', '-cas', `-modify-index=${index}`, 'a')).toEqual(
      success('Success! Deleted key: a'),
    )
  })

  test('takes and gives back locks', async () => {
    const session = await client.session.create()
    const other = await client.session.create()
    expect(await command('kv', 'put', '-acquire', `-session=${session}`, 'a', 'x')).toEqual(
      success('Success! Lock acquired on: a'),
    )
    expect(await command('kv', 'put', '-acquire', `-session=${other}`, 'a', 'x')).toMatchObject({
      status: 1,
      err: 'Error! Did not acquire lock\n',
    })
    expect(await command('kv', 'put', '-release', `-session=${session}`, 'a')).toEqual(
      success('Success! Lock released on: a'),
    )
  })

  test('an export can be imported elsewhere', async () => {
    await client.kv.put('a/1', Buffer.from([0, 255]), { flags: 2n ** 64n - 1n })
    await client.kv.put('a/2', '')
    const { out } = await command('kv', 'export', 'a/')
    expect(out).toBe(
      '[\n\t{\n\t\t"key": "a/1",\n\t\t"flags": 18446744073709551615,\n\t\t"value": "AP8="\n\t},\n' +
        '\t{\n\t\t"key": "a/2",\n\t\t"flags": 0,\n\t\t"value": ""\n\t}\n]\n',
    )
    expect(await withInput(out, 'kv', 'import', '-prefix=copy', '-')).toEqual(
      success('Imported: copy/a/1\nImported: copy/a/2'),
    )
    expect((await client.kv.get('copy/a/1')).value).toMatchObject({
      Flags: 2n ** 64n - 1n,
      Value: Buffer.from([0, 255]),
    })
    expect(await command('kv', 'delete', '-recurse', 'copy')).toEqual(
      success('Success! Deleted keys with prefix: copy'),
    )
    expect(await withInput('{"a":1}', 'kv', 'import', '-')).toMatchObject({
      status: 1,
      err: expect.stringMatching(/^Cannot unmarshal data: /),
    })
  })

  test.for([
    [['get'], 'Error! Missing KEY argument'],
    [['get', 'a', 'b'], 'Too many arguments (expected 0 to 1, got 2)'],
    [['put'], 'Error! Missing KEY argument'],
    [['put', '-acquire', 'a'], 'Error! Missing -session (required with -acquire)'],
    [['put', '-cas', 'a'], 'Error! Must specify -modify-index with -cas'],
    [['put', '-flags=x', 'a'], 'Error! -flags x is no number'],
    [['delete'], 'Error! Missing KEY argument'],
    [['delete', ''], 'Error! Missing KEY argument'],
    [['delete', '-cas', '-recurse', 'a'], 'Cannot specify both -cas and -recurse!'],
    [['import'], 'Error! Missing DATA argument'],
    [['get', '-detialed', 'a'], 'flag -detialed: is not a flag of this command; did you mean -detailed?'],
    [['get', '-base64=perhaps', 'a'], 'flag -base64: "perhaps" is not true or false'],
  ])('%j is refused, and its usage shown', async ([words, reason]) => {
    const { status, err, out } = await command('kv', ...(words as string[]))
    expect({ status, out }).toEqual({ status: 1, out: '' })
    expect(err).toContain(`${reason}\n`)
    expect(err).toMatch(/\nUsage: proconsul kv /)
  })
})

test('members are listed, with their tags, or by status', async () => {
  const { out } = await command('members')
  expect(out).toMatch(
    /^Node {2}Address +Status {2}Type +Build +Protocol {2}DC +Segment\nn1 +127\.0\.0\.1:\d+ +alive +server +1\.10\.12 +2 +dc1 +<all>\n$/,
  )
  expect((await command('members', '-detailed')).out).toMatch(/\nn1 +127\.0\.0\.1:\d+ +alive +acls=0,.*,role=consul,/)
  expect((await command('members', '-wan')).out).toMatch(/\nn1\.dc1 /)
  expect(await command('members', '-status=failed')).toEqual({ status: 2, out: '', err: '' })
  expect(await command('members', '-status=(')).toMatchObject({
    status: 1,
    err: expect.stringMatching(/^Failed to compile status regexp/),
  })
})

test('figures and settings of the agent', async () => {
  expect((await command('info')).out).toMatch(
    /^agent:\n\tcheck_monitors = 0\n(?:.*\n)*raft:\n(?:\t.*\n)*\tstate = Leader\n/,
  )
  expect(await command('reload')).toEqual(success('Configuration reload triggered'))
  expect((await command('operator', 'raft', 'list-peers')).out).toMatch(
    /^Node {2}ID +Address +State +Voter {2}RaftProtocol\nn1 +[0-9a-f-]{36} +127\.0\.0\.1:\d+ +leader +true +3\n$/,
  )
  expect(await command('operator', 'raft', 'remove-peer', '-id=x')).toMatchObject({
    status: 1,
    err: 'Error removing peer: Unexpected response code: 500 (id "x" was not found in the Raft configuration)\n',
  })
})

test('the log can be followed', async () => {
  const terminal = new RecordingTerminal({ environment: { CONSUL_HTTP_ADDR: address } })
  const following = run(['monitor', '-log-level=debug'], terminal)
  await eventually(async () => {
    await client.kv.put('noise', '')
    await client.agent.reload()
    return terminal.out === '' ? undefined : true
  })
  terminal.interrupt()
  expect(await following).toBe(0)
  expect(terminal.err).toBe('')
})

test('services are registered from flags and files, listed and removed', async () => {
  const file = join(dir.path, 'web.hcl')
  writeFileSync(file, 'services { name = "web" id = "web-2" port = 81 tags = ["b"] }\nservice { name = "db" }')
  expect(await command('services', 'register', '-name=web', '-port=80', '-tag=a', '-meta=x=y')).toEqual(
    success('Registered service: web'),
  )
  expect(await command('services', 'register', file)).toEqual(
    success('Registered service: db\nRegistered service: web'),
  )
  expect(await command('catalog', 'services')).toEqual(success('consul\ndb\nweb'))
  expect(await command('catalog', 'services', '-tags')).toEqual(success('consul\ndb\nweb     a,b'))
  expect((await command('catalog', 'nodes', '-service=web')).out).toMatch(
    /^Node {2}ID +Address +DC\nn1 +[0-9a-f]{8} +127\.0\.0\.1 +dc1\n$/,
  )
  expect((await command('catalog', 'nodes', '-service=none')).out).toBe(
    'No nodes match the given query - try expanding your search.\n',
  )
  expect((await client.agent.services()).web).toMatchObject({ Port: 80, Tags: ['a'], Meta: { x: 'y' } })
  expect(await command('services', 'deregister', file)).toEqual(
    success('Deregistered service: db\nDeregistered service: web-2'),
  )
  expect(await command('services', 'deregister', '-id=web')).toEqual(success('Deregistered service: web'))
  expect(await command('services', 'register')).toMatchObject({
    status: 1,
    err: expect.stringMatching(/^Service definitions need -name/),
  })
})

test('maintenance begins, shows and ends', async () => {
  expect(await command('maint', '-enable', '-reason=new disks')).toEqual(success('Node maintenance is now enabled'))
  expect((await command('maint')).out).toBe('Node:\n  Name:   n1\n  Reason: new disks\n\n')
  expect(await command('maint', '-disable')).toEqual(success('Node maintenance is now disabled'))
  expect((await command('maint')).out).toBe('')
  expect(await command('maint', '-enable', '-disable')).toMatchObject({ status: 1 })
})

describe('lock', () => {
  test('lets one of several run at a time, and cleans up behind itself', async () => {
    const journal = join(dir.path, 'journal')
    const env = { ...process.env, CONSUL_HTTP_ADDR: address }
    const words = [
      'lock',
      'jobs/report',
      `echo begin >> ${journal}; sleep 0.05; echo end $CONSUL_LOCK_HELD >> ${journal}`,
    ]
    const outcomes = await Promise.all([1, 2, 3].map(() => runProgram(words, { env })))
    expect(outcomes.map(({ code, output }) => ({ code, output }))).toEqual(Array(3).fill({ code: 0, output: '' }))
    expect(readFileSync(journal, 'utf8')).toBe('begin\nend true\n'.repeat(3))
    expect((await client.kv.list('jobs/')).value).toEqual([])
    expect((await client.session.list()).value.filter(({ Name }) => Name.startsWith('Consul lock'))).toEqual([])
  })

  test('with -n lets that many, and no more', async () => {
    const env = { ...process.env, CONSUL_HTTP_ADDR: address }
    const gate = join(dir.path, 'gate')
    // Each waits until another has begun, which only two at a time can do, and stays a little for a third to come.
    const child = `echo + >> ${gate}; while [ $(grep -c + ${gate}) -lt 2 ]; do sleep 0.02; done; sleep 0.2; echo - >> ${gate}`
    const outcomes = await Promise.all([1, 2, 3].map(() => runProgram(['lock', '-n=2', 'pool', child], { env })))
    expect(outcomes.map(({ code, output }) => ({ code, output }))).toEqual(Array(3).fill({ code: 0, output: '' }))
    let [running, most] = [0, 0]
    for (const sign of readFileSync(gate, 'utf8').match(/[+-]/g)!) {
      running += sign === '+' ? 1 : -1
      most = Math.max(most, running)
    }
    expect({ running, most }).toEqual({ running: 0, most: 2 })
    expect((await client.kv.list('pool/')).value).toEqual([])
  })

  test('gives up in time, and tells of a child that failed when asked to', async () => {
    const session = await client.session.create()
    await client.kv.put('busy/.lock', '', { acquire: session, flags: 0x2ddccbc058a50c18n })
    expect(await command('lock', '-timeout=100ms', 'busy', 'true')).toMatchObject({
      status: 1,
      err: 'Shutdown triggered or timeout during lock acquisition\n',
    })
    await client.session.destroy(session)
    expect(await command('lock', 'free', 'exit 7')).toMatchObject({ status: 0 })
    expect(await command('lock', '-child-exit-code', 'free', 'exit 7')).toMatchObject({ status: 2 })
    expect(await command('lock', '-child-exit-code', 'free', 'exit 0')).toMatchObject({ status: 0 })
    expect(await command('lock', '-shell=false', 'free', '/proconsul/none')).toMatchObject({
      status: 1,
      err: 'Error executing handler: spawn /proconsul/none ENOENT\n',
    })
    await client.kv.put('other/.lock', 'not a lock')
    expect(await command('lock', 'other', 'true')).toMatchObject({
      status: 1,
      err: expect.stringMatching(/^Lock acquisition failed: Existing key does not match lock use/),
    })
  })

  test('ends the child when the lock is lost', async () => {
    const running = new AgentProcess(['lock', 'lost', 'echo running; sleep 60'], {
      env: { ...process.env, CONSUL_HTTP_ADDR: address },
    })
    await running.printed(/running/)
    const [lock] = (await client.kv.list('lost/')).value
    // Its session lives on, so that only the key can tell.
    await client.kv.put(lock!.Key, '', { release: lock!.Session, flags: lock!.Flags })
    expect(await running.exited).toMatchObject({ code: 1 })
    expect(running.stderr).toBe('Lock lost, killing child\n')
  })
})

describe('the recipes behind it', () => {
  test('a semaphore has as many slots as it says, and a slot that is given back goes to who waits', async () => {
    const take = (tryMs?: number) => acquireSemaphore(client, 'slots', 2, { tryMs })
    const [first, second] = [await take(), await take()]
    expect(await take(100)).toBeUndefined()
    const third = take()
    await first!.release()
    const others = [second, await third]
    expect(others.every((one) => one?.lost.aborted === false)).toBe(true)
    expect(await others[0]!.cleanUp()).toBe(false)
    await expect(acquireSemaphore(client, 'slots', 3)).rejects.toThrow('semaphore limit conflict (lock: 2, local: 3)')
    for (const one of others) await one!.release()
    expect(await second!.cleanUp()).toBe(true)
    expect((await client.kv.list('slots')).value).toEqual([])
  })

  test('a lock that is given back goes to who waits, and both keep to its key', async () => {
    const first = await acquireLock(client, 'key', { value: 'first' })
    expect((await client.kv.get('key')).value).toMatchObject({ Session: first!.session, Value: Buffer.from('first') })
    expect(await acquireLock(client, 'key', { tryMs: 100 })).toBeUndefined()
    const waiting = acquireLock(client, 'key', { value: 'second' })
    await first!.release()
    const second = await waiting
    expect((await client.kv.get('key')).value).toMatchObject({ Session: second!.session, LockIndex: 2 })
    expect(await second!.cleanUp()).toBe(false)
    await second!.release()
    expect(await second!.cleanUp()).toBe(true)
  })

  test('waiting ends when it is not wanted any more, and leaves nothing behind', async () => {
    const held = await acquireLock(client, 'key')
    const controller = new AbortController()
    const waiting = acquireLock(client, 'key', { signal: controller.signal })
    await eventually(async () => (await client.session.list()).value.length === 2 || undefined)
    controller.abort()
    expect(await waiting).toBeUndefined()
    await held!.release()
    expect((await client.session.list()).value).toEqual([])
  })
})

describe('watch', () => {
  test('without a handler prints the state once', async () => {
    await client.kv.put('a', 'x')
    const { status, out } = await command('watch', '-type=key', '-key=a')
    expect(status).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ Key: 'a', Value: 'eA==' })
    expect(await command('watch', '-type=key', '-key=none')).toEqual(success('null'))
    expect(JSON.parse((await command('watch', '-type=services')).out)).toEqual({ consul: [] })
    expect(JSON.parse((await command('watch', '-type=nodes')).out)).toMatchObject([{ Node: 'n1' }])
    expect(JSON.parse((await command('watch', '-type=service', '-service=consul')).out)).toHaveLength(1)
    expect(JSON.parse((await command('watch', '-type=checks', '-state=passing')).out)).toMatchObject([
      { CheckID: 'serfHealth' },
    ])
    expect(JSON.parse((await command('watch', '-type=keyprefix', '-prefix=a')).out)).toHaveLength(1)
    expect(JSON.parse((await command('watch', '-type=event')).out)).toEqual([])
  })

  test('runs the handler now and with every change', async () => {
    const seen = join(dir.path, 'seen')
    writeFileSync(seen, '')
    const terminal = new RecordingTerminal({ environment: { ...process.env, CONSUL_HTTP_ADDR: address } })
    const watching = run(
      ['watch', '-type=keyprefix', '-prefix=w/', `grep -c '"Key"' >> ${seen}; echo i$CONSUL_INDEX >> ${seen}`],
      terminal,
    )
    const saw = (text: RegExp) => eventually(async () => text.test(readFileSync(seen, 'utf8')) || undefined)
    await saw(/^0\ni\d+\n$/)
    await client.kv.put('w/1', '')
    await saw(/\n1\ni\d+\n$/)
    await client.kv.put('elsewhere', '')
    await client.kv.put('w/2', '')
    await saw(/\n2\ni\d+\n$/)
    terminal.interrupt()
    expect(await watching).toBe(0)
    expect(readFileSync(seen, 'utf8').match(/^\d$/gm)).toEqual(['0', '1', '2'])
  })

  test.for([
    [[], /^Watch type must be specified/],
    [['-type=key'], /^Watch of type key needs -key/],
    [['-type=magic'], /^Unsupported watch type: magic/],
  ] as const)('%j is refused', async ([words, reason]) => {
    expect(await command('watch', ...words)).toMatchObject({ status: 1, err: reason })
  })
})

test('an event is sent', async () => {
  expect((await command('event', '-name=deploy', 'now')).out).toMatch(/^Event ID: [0-9a-f-]{36}\n$/)
  const events = await eventually(async () => {
    const { value } = await client.event.list()
    return value.length > 0 ? value : undefined
  })
  expect(events).toMatchObject([{ Name: 'deploy', Payload: Buffer.from('now') }])
  expect(await command('event')).toMatchObject({
    status: 1,
    err: expect.stringMatching(/^Event name must be specified/),
  })
})

test('joining nobody and forcing nobody out say so', async () => {
  expect(await command('join', '127.0.0.1:1')).toMatchObject({
    status: 1,
    err: expect.stringMatching(
      /^Error joining address '127\.0\.0\.1:1': Unexpected response code: 500 \([\s\S]*\)\nFailed to join any nodes\.\n$/,
    ),
  })
  expect(await command('force-leave', 'nobody')).toMatchObject({
    status: 1,
    err: expect.stringMatching(/^Error force leaving: .*nobody/),
  })
  expect(await command('force-leave')).toMatchObject({
    status: 1,
    err: expect.stringMatching(/^A single node name must be specified/),
  })
})

test('an agent that is not there is one clear line', async () => {
  const { code, stderr } = await runProgram(['members', '-http-addr=127.0.0.1:1'])
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr:
      'Error retrieving members: Get "http://127.0.0.1:1/v1/agent/members?segment=_all": ' +
      'dial tcp 127.0.0.1:1: connect: connection refused\n',
  })
})

test('leaving ends the agent', { timeout: 60_000 }, async () => {
  const { http, flags } = await agentPorts()
  await using leaving = new AgentProcess(['agent', '-dev', '-node=n2', ...flags], { command: proconsul })
  await eventually(async () => (await runProgram(['info', `-http-addr=127.0.0.1:${http}`])).code === 0 || undefined)
  expect(await runProgram(['leave', `-http-addr=127.0.0.1:${http}`])).toMatchObject({
    code: 0,
    stdout: 'Graceful leave complete\n',
  })
  expect(await leaving.exited).toMatchObject({ code: 0 })
})
