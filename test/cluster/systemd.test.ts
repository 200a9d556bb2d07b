import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { AgentProcess, agentPorts, eventually, scratchDir } from './agent-process.ts'

/** The environment of a unit of `Type=notify`, with a program that writes down what systemd would be told. */
function unit(dir: string) {
  const said = join(dir, 'said')
  const program = join(dir, 'systemd-notify')
  writeFileSync(program, `#!/bin/sh\necho "$*" >> '${said}'\n`)
  chmodSync(program, 0o755)
  const env = { ...process.env, NOTIFY_SOCKET: join(dir, 'socket'), PATH: `${dir}:${process.env.PATH}` }
  return { env, said: () => (existsSync(said) ? readFileSync(said, 'utf8').trim().split('\n') : []) }
}

test('a unit becomes active once its agent has met the others, and is told when it stops', async () => {
  using dir = scratchDir()
  const { env, said } = unit(dir.path)
  const [ours, others] = await Promise.all([agentPorts(), agentPorts()])
  const common = ['agent', '-server', '-bind=127.0.0.1']
  const joining = [`-retry-join=127.0.0.1:${others.serfLan}`, '-retry-interval=1s', `-data-dir=${dir.path}/ours`]
  await using agent = new AgentProcess([...common, ...ours.flags, ...joining, '-node=ours'], { env })
  await agent.printed(/Join cluster failed, will retry/)
  expect(said()).toEqual([])

  const first = [...common, ...others.flags, `-data-dir=${dir.path}/first`, '-node=first']
  await using _first = new AgentProcess(first)
  await eventually(async () => (said().length > 0 ? true : undefined))
  expect(said()).toEqual([`--pid=${agent.child.pid} --ready`])

  expect(await agent.stop()).toEqual({ code: 0, signal: null })
  expect(said()[1]).toBe(`--pid=${agent.child.pid} STOPPING=1`)
})
