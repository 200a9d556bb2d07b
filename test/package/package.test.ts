import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { AgentProcess, agentPorts, eventually, scratchDir } from '../cluster/agent-process.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('the packed package installs in an empty folder and runs an agent', { timeout: 300_000 }, async () => {
  using dir = scratchDir()
  execFileSync('npm', ['pack', '--silent', '--pack-destination', dir.path], { cwd: root })
  const tarball = readdirSync(dir.path).find((name) => name.endsWith('.tgz'))!
  execFileSync('npm', ['init', '-y'], { cwd: dir.path })
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', `./${tarball}`], { cwd: dir.path })

  const command = join(dir.path, 'node_modules', '.bin', 'proconsul')
  expect(execFileSync(command, ['version'], { encoding: 'utf8' })).toMatch(/^Proconsul v\d/)

  const ports = await agentPorts()
  const args = ['agent', '-server', '-bootstrap', '-bind=127.0.0.1', '-data-dir=data', ...ports.flags]
  await using agent = new AgentProcess(args, { cwd: dir.path, command })
  const base = `http://127.0.0.1:${ports.http}`
  await eventually(async () => {
    const answer = await fetch(`${base}/v1/kv/installed`, { method: 'PUT', body: 'yes' })
    return answer.status === 200 ? true : undefined
  })
  expect(await (await fetch(`${base}/v1/kv/installed?raw`)).text()).toBe('yes')
  expect(await agent.stop()).toEqual({ code: 0, signal: null })
})
