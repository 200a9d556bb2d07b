import { createHash, randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AgentProcess, agentPorts, eventually, proconsul, run, scratchDir } from './agent-process.ts'
import { type Answer, ask } from './http.ts'
import { serverFlags, startServer } from './server.ts'
import { tinyDisk } from './tiny-disk.ts'

const scratch = scratchDir()
const healthy = join(scratch.path, 'healthy')

beforeAll(async () => {
  await using server = await startServer({ dataDir: healthy })
  for (let number = 0; number < 40; number++)
    await server.put(`/v1/kv/kept/${number}`, `mark ${number};${'x'.repeat(1000)}`)
  await server.stop()
})
afterAll(() => scratch[Symbol.dispose]())

/** What is done to the raft.db at a path, and what the agent must say of it. */
const damages: readonly [what: string, inflict: (path: string) => void, says: RegExp][] = [
  ['is empty', (path) => truncateSync(path), /raft\.db is damaged: it is empty.*[Rr]estore it from a backup/],
  ['lost its second half', (path) => truncateSync(path, statSync(path).size / 2), /raft\.db is damaged: .*backup/],
  ['was cut off in its first page', (path) => truncateSync(path, 300), /raft\.db is damaged: only 300 bytes.*backup/],
  ['lost its last page', (path) => truncateSync(path, statSync(path).size - 4096), /raft\.db is damaged: .*backup/],
  ['has a page of noise in it', spoilPage, /raft\.db is damaged: .*backup/],
  ['has one wrong byte in an entry', spoilEntry, /raft\.db is damaged: .*backup/],
  ['holds noise', (path) => writeFileSync(path, randomBytes(50_000)), /raft\.db is not a Raft log: .*[Mm]ove it away/],
  [
    'is a text',
    (path) => writeFileSync(path, 'hello, I am no database\n'),
    /raft\.db is not a Raft log.*[Mm]ove it away/,
  ],
  ["is another program's database", foreign, /raft\.db is not a Raft log: another program.*[Mm]ove it away/],
  [
    'is from a newer version',
    (path) => change(path, "UPDATE meta SET value = 99 WHERE key = 'format_version'"),
    /raft\.db has format version 99, this program knows \d+;.*[Uu]se the version/,
  ],
]

test.for(damages)('a raft.db that %s is refused with advice and left as it is', async ([, inflict, says]) => {
  using dir = scratchDir()
  const dataDir = join(dir.path, 'data')
  cpSync(healthy, dataDir, { recursive: true })
  const path = join(dataDir, 'raft.db')
  inflict(path)
  const before = fingerprint(path)
  const { code, stderr } = await run(serverFlags(await agentPorts(), dataDir))
  expect(stderr).toMatch(says)
  expect(stderr, 'trouble that is expected shows no stack').not.toMatch(/^ +at /m)
  expect(code).toBe(1)
  expect(fingerprint(path)).toBe(before)
})

test('a raft.db that is a folder is refused', async () => {
  using dir = scratchDir()
  mkdirSync(join(dir.path, 'raft.db'))
  const { code, stderr } = await run(serverFlags(await agentPorts(), dir.path))
  expect(stderr).toMatch(/raft\.db/)
  expect(stderr).not.toMatch(/^ +at /m)
  expect(code).toBe(1)
})

test('a data directory in use is refused, and the agent that has it notices nothing', async () => {
  using dir = scratchDir()
  const dataDir = join(dir.path, 'data')
  await using server = await startServer({ dataDir })
  await server.put('/v1/kv/mine', 'yes')
  const { code, stderr } = await run(serverFlags(await agentPorts(), dataDir))
  expect(stderr).toContain(`data_dir: ${dataDir} is in use by another agent; stop that one`)
  expect(code).toBe(1)
  await server.put('/v1/kv/mine', 'still')
  expect(await server.get('/v1/kv/mine?raw')).toBe('still')
  await server.stop('SIGKILL')

  await using next = await startServer({ dataDir })
  expect(await next.get('/v1/kv/mine?raw'), 'a lock does not outlive its process').toBe('still')
})

test.for([
  ['lies below a file', (dir: string) => join(dir, 'file', 'data'), /ENOTDIR/],
  ['is a file', (dir: string) => join(dir, 'file'), /EEXIST|not a directory/],
  ['cannot be made', () => '/proc/proconsul/data', /ENOENT|EACCES|EPERM/],
] as const)('a data directory that %s is refused', async ([, place, reason]) => {
  using dir = scratchDir()
  writeFileSync(join(dir.path, 'file'), '')
  const dataDir = place(dir.path)
  const { code, stderr } = await run(serverFlags(await agentPorts(), dataDir))
  expect(stderr).toContain(`data_dir: ${dataDir} cannot be used: `)
  expect(stderr).toMatch(reason)
  expect(stderr).toMatch(/give a directory this user may write to/)
  expect(code).toBe(1)
})

test('a server without a data directory is told to name one', async () => {
  const { code, stderr } = await run(serverFlags(await agentPorts(), 'x').filter((flag) => !flag.includes('data-dir')))
  expect(stderr).toMatch(/data_dir|-data-dir/)
  expect(code).toBe(1)
})

test.for(['http', 'dns'] as const)(
  'a taken %s port is refused by its name, and nothing is left behind',
  async (kind) => {
    using dir = scratchDir()
    const ports = await agentPorts()
    const port = ports[kind]
    const other = createServer().listen(port, '127.0.0.1')
    await once(other, 'listening')
    const { code, stderr } = await run(serverFlags(ports, join(dir.path, 'data')))
    expect(stderr).toContain(`ports.${kind}`)
    expect(stderr).toMatch(new RegExp(`127\\.0\\.0\\.1.*${port}`))
    expect(stderr).toMatch(/another program/)
    expect(code).toBe(1)
    other.close()
    await once(other, 'close')
    await using server = await startServer({ dataDir: join(dir.path, 'data'), ports })
    expect(await server.get('/v1/status/leader')).toContain('127.0.0.1')
  },
)

test('a DNS port that only UDP has taken is refused too', async () => {
  const ports = await agentPorts()
  const other = createSocket('udp4').bind(ports.dns, '127.0.0.1')
  await once(other, 'listening')
  const { code, stderr } = await run(serverFlags(ports))
  other.close()
  expect(stderr).toMatch(new RegExp(`127\\.0\\.0\\.1 port ${ports.dns} \\(udp, ports\\.dns\\).*another program`))
  expect(code).toBe(1)
})

test('on a full disk writes fail loudly, what was acknowledged stays, and freed space ends the trouble', async () => {
  using dir = scratchDir()
  await using disk = await tinyDisk(dir.path, 12 * 2 ** 20)
  if (disk === undefined) return fileSizeLimit(dir.path)

  await disk.run('dd', 'if=/dev/zero', `of=${disk.path}/ballast`, 'bs=1M', 'count=8', 'status=none')
  const ports = await agentPorts()
  const dataDir = join(disk.path, 'data')
  const start = () => new AgentProcess([...disk.args, ...serverFlags(ports, dataDir)], { command: disk.command })
  await using full = start()
  await full.printed(/cluster leadership acquired/)
  await full.printed(/Starting server: address=/)
  const server = httpOf(ports.http)

  const { acknowledged, refused } = await fill(server)
  expect(acknowledged.length).toBeGreaterThan(5)
  expect(refused).toMatchObject({ status: 500, body: expect.stringMatching(/disk is full/) })
  await full.printed(/\[ERROR\] agent\.raft: cannot write the log, no longer taking writes/)
  expect((await server.put('/v1/kv/other', 'x')).status, 'the next one fails as well').toBe(500)
  await expectKept(server, acknowledged, '?raw&stale')
  expect(full.child.exitCode, 'it goes on').toBe(null)

  await full.stop('SIGKILL')
  await using stillFull = start()
  await eventually(async () => ((await server.get('/v1/status/leader')).status === 200 ? true : undefined))
  await expectKept(server, acknowledged, '?raw&stale')

  await disk.run('rm', `${disk.path}/ballast`)
  await eventually(async () => ((await server.put('/v1/kv/after', 'room')).status === 200 ? true : undefined))
  await expectKept(server, acknowledged, '?raw')
  expect(await stillFull.stop()).toEqual({ code: 0, signal: null })

  await using again = start()
  await again.printed(/cluster leadership acquired/)
  await again.printed(/Starting server: address=/)
  await expectKept(server, acknowledged, '?raw')
  expect((await server.get('/v1/kv/after?raw')).body).toBe('room')
  await again.stop()

  await disk.run('mount', '-o', 'remount,ro', disk.path)
  const { code, stderr } = await run([...disk.args, ...serverFlags(ports, dataDir)], { command: disk.command })
  expect(stderr).toMatch(/data_dir: .* cannot be used: EROFS.*give a directory this user may write to/)
  expect(code).toBe(1)
})

/** Where nothing can be mounted: files may not grow beyond a limit, which SQLite reports as a fault of the disk. */
async function fileSizeLimit(dataDir: string): Promise<void> {
  const ports = await agentPorts()
  const script = 'ulimit -f 8192; exec "$0" "$@"'
  const args = ['-c', script, proconsul, ...serverFlags(ports, dataDir)]
  await using limited = new AgentProcess(args, { command: 'sh' })
  await limited.printed(/cluster leadership acquired/)
  await limited.printed(/Starting server: address=/)
  const { acknowledged, refused } = await fill(httpOf(ports.http))
  expect(acknowledged.length).toBeGreaterThan(5)
  expect(refused?.status ?? 500).toBe(500)
  await limited.stop('SIGKILL')

  await using again = await startServer({ dataDir, ports })
  await expectKept(httpOf(again.ports.http), acknowledged, '?raw')
}

interface Http {
  get(path: string): Promise<Answer>
  put(path: string, body: string): Promise<Answer>
}

function httpOf(port: number): Http {
  return {
    get: (path) => ask(port, path),
    put: (path, body) => ask(port, path, { method: 'PUT', body }),
  }
}

/** Puts values of 100 KB until one is refused, or the connection breaks. */
async function fill(server: Http): Promise<{ acknowledged: number[]; refused: Answer | undefined }> {
  const acknowledged: number[] = []
  for (let number = 0; number < 1000; number++) {
    const answer = await server.put(`/v1/kv/fill/${number}`, payload(number)).catch(() => undefined)
    if (answer?.status !== 200) return { acknowledged, refused: answer }
    acknowledged.push(number)
  }
  throw new Error('the disk never became full')
}

async function expectKept(server: Http, acknowledged: readonly number[], query: string): Promise<void> {
  for (const number of acknowledged) {
    const { status, body } = await server.get(`/v1/kv/fill/${number}${query}`)
    expect({ number, status, whole: body === payload(number) }).toEqual({ number, status: 200, whole: true })
  }
}

function payload(number: number): string {
  return `${number},`.repeat(100_000 / (String(number).length + 1))
}

function fingerprint(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

/** Every place of one of the values: the log entry that carries it, and what is left of it on pages that were rearranged. */
function places(content: Buffer): number[] {
  const found: number[] = []
  for (let at = content.indexOf('mark 17;'); at >= 0; at = content.indexOf('mark 17;', at + 1)) found.push(at)
  expect(found).not.toEqual([])
  return found
}

function spoilPage(path: string): void {
  const content = readFileSync(path)
  for (const at of places(content)) randomBytes(4096).copy(content, at - (at % 4096))
  writeFileSync(path, content)
}

/** Changes one digit of a value that a log entry carries; SQLite itself cannot see that. */
function spoilEntry(path: string): void {
  const content = readFileSync(path)
  for (const at of places(content)) content.write('8', at + 'mark 1'.length)
  writeFileSync(path, content)
}

function foreign(path: string): void {
  rmSync(path)
  change(path, 'CREATE TABLE recipes (name TEXT)')
}

function change(path: string, sql: string): void {
  const database = new Database(path)
  database.exec(sql)
  database.pragma('wal_checkpoint(TRUNCATE)')
  database.close()
}
