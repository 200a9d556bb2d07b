import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { notifySystemd } from './systemd.ts'

/** A folder with a program in it that stands for systemd's. */
function fakeProgram(script: string) {
  const dir = mkdtempSync(join(tmpdir(), 'proconsul-notify-'))
  const program = join(dir, 'systemd-notify')
  writeFileSync(program, `#!/bin/sh\n${script}\n`)
  chmodSync(program, 0o755)
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) }
}

test('a unit of Type=notify is told when the agent is ready and when it stops', async () => {
  using fake = fakeProgram('echo "$NOTIFY_SOCKET $*" >> "$(dirname "$0")/said"')
  const environment = { NOTIFY_SOCKET: '/run/systemd/notify', PATH: `${fake.dir}:/usr/bin:/bin` }
  await notifySystemd('ready', environment)
  await notifySystemd('stopping', environment)
  expect(readFileSync(join(fake.dir, 'said'), 'utf8').trim().split('\n')).toEqual([
    `/run/systemd/notify --pid=${process.pid} --ready`,
    `/run/systemd/notify --pid=${process.pid} STOPPING=1`,
  ])
})

test('an agent that no unit started tells nobody', async () => {
  await notifySystemd('ready', { PATH: '/nowhere' })
})

test('a missing or failing program is an error with its own words', async () => {
  const NOTIFY_SOCKET = '/run/systemd/notify'
  await expect(notifySystemd('ready', { NOTIFY_SOCKET, PATH: '/nowhere' })).rejects.toThrow('cannot run systemd-notify')
  using fake = fakeProgram('echo "no such socket" >&2; exit 3')
  await expect(notifySystemd('ready', { NOTIFY_SOCKET, PATH: `${fake.dir}:/bin` })).rejects.toThrow(
    'systemd-notify ended with 3: no such socket',
  )
})
