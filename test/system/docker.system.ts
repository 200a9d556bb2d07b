import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { AgentProcess, agentPorts, eventually, scratchDir } from '../cluster/agent-process.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8')

interface Instruction {
  readonly word: string
  readonly rest: string
}

/** The instructions of a Dockerfile, with continued lines joined and comments left out. */
function instructions(text: string): Instruction[] {
  return text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, word, rest] = /^([A-Z]+)\s+(.*)$/.exec(line)!
      return { word: word!, rest: rest!.trim() }
    })
}

/**
 * Carries out COPY and RUN in bare folders, one for each stage, as a builder would in bare file systems. What changes users or
 * the system's own folders is left to the builder.
 */
function buildIn(scratch: string): string {
  const stages = new Map<string, string>()
  let stage = ''
  let workdir = '/'
  const env: NodeJS.ProcessEnv = { ...process.env }
  for (const { word, rest } of instructions(dockerfile)) {
    const inStage = (path: string) => join(stage, resolve(workdir, path))
    if (word === 'FROM') {
      const name = / AS (\w+)$/.exec(rest)?.[1] ?? 'final'
      stage = join(scratch, name)
      stages.set(name, stage)
    } else if (word === 'WORKDIR') {
      workdir = rest
      mkdirSync(inStage('.'), { recursive: true })
    } else if (word === 'ENV') {
      const [key, value] = rest.split('=') as [string, string]
      env[key] = join(stage, value)
    } else if (word === 'COPY') {
      const parts = rest.split(/\s+/)
      const from = /^--from=(\w+)$/.exec(parts[0]!)?.[1]
      if (from !== undefined) parts.shift()
      const to = parts.pop()!
      for (const part of parts) {
        const source = from === undefined ? join(root, part) : join(stages.get(from)!, part)
        const into = statSync(source).isDirectory() ? to : join(to, part.split('/').at(-1)!)
        cpSync(source, inStage(into), { recursive: true, verbatimSymlinks: true })
      }
    } else if (word === 'RUN' && !rest.includes('chown')) {
      execFileSync('sh', ['-c', rest.replace('&& npm cache clean --force', '')], {
        cwd: inStage('.'),
        env,
        stdio: 'pipe',
      })
    }
  }
  return join(stage, workdir)
}

test('what the Dockerfile does, done in bare folders, makes an agent that runs', { timeout: 300_000 }, async () => {
  using dir = scratchDir()
  const installed = buildIn(dir.path)
  const ports = await agentPorts()
  const args = ['agent', '-server', '-bootstrap', '-bind=127.0.0.1', `-data-dir=${dir.path}/data`, ...ports.flags]
  await using agent = new AgentProcess(args, { cwd: installed, command: join(installed, 'bin', 'proconsul') })
  await eventually(async () => {
    const answer = await fetch(`http://127.0.0.1:${ports.http}/v1/status/leader`)
    return (await answer.text()).length > 4 ? true : undefined
  })
  const health = instructions(dockerfile).find(({ word }) => word === 'HEALTHCHECK')!.rest
  const [program, ...rest] = JSON.parse(health.slice(health.indexOf('['))) as string[]
  const onOurPort = rest.map((argument) => argument.replace(':8500', `:${ports.http}`))
  execFileSync(program!, onOurPort, { timeout: 10_000 })
  expect(await agent.stop()).toEqual({ code: 0, signal: null })
  expect(() => execFileSync(program!, onOurPort, { timeout: 10_000, stdio: 'pipe' })).toThrow()
})

test('the image opens every port of an agent and runs as nobody special', () => {
  const of = (wanted: string) => instructions(dockerfile).filter(({ word }) => word === wanted)
  expect(of('EXPOSE')[0]!.rest.split(' ')).toEqual(
    expect.arrayContaining(['8300', '8301/tcp', '8301/udp', '8302/tcp', '8302/udp', '8500', '8600/tcp', '8600/udp']),
  )
  expect(of('USER')).toEqual([{ word: 'USER', rest: 'node' }])
})

test('systemd finds nothing to say about the unit', () => {
  using dir = scratchDir()
  const unit = readFileSync(join(root, 'packaging/systemd/proconsul.service'), 'utf8')
  // The program is wherever the reader installed it: here it is ours.
  const path = join(dir.path, 'proconsul.service')
  writeFileSync(path, unit.replace('/usr/bin/proconsul', join(root, 'bin/proconsul')))
  const verify = () =>
    execFileSync('systemd-analyze', ['verify', '--man=no', path], { encoding: 'utf8', stdio: 'pipe' })
  expect(verify()).toBe('')
  expect(unit).toMatch(/^Type=notify$/m)
})
