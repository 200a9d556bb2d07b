import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readSocketAccess } from './socket-access.ts'

const unset = { socketUser: undefined, socketGroup: undefined, socketMode: undefined }

function socketFile(): string {
  const dir = mkdtempSync(join(tmpdir(), 'socket-access-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  writeFileSync(join(dir, 'http.sock'), '', { mode: 0o644 })
  return join(dir, 'http.sock')
}

test('a socket gets the mode, the user and the group that are asked for', async () => {
  const path = socketFile()
  const { uid, gid, username } = userInfo()
  await readSocketAccess({ socketUser: username, socketGroup: String(gid), socketMode: '0620' }).applyTo(path)
  expect(statSync(path)).toMatchObject({ uid, gid })
  expect(statSync(path).mode & 0o777).toBe(0o620)
})

test('nothing is changed that nobody asked for', async () => {
  const path = socketFile()
  await readSocketAccess(unset).applyTo(path)
  await readSocketAccess({ socketUser: '', socketGroup: '', socketMode: '' }).applyTo(path)
  expect(statSync(path).mode & 0o777).toBe(0o644)
})

test.for([
  [{ socketUser: 'nobody-of-this-name' }, 'unix_sockets.user: invalid user specified: nobody-of-this-name'],
  [{ socketGroup: 'no:group' }, 'unix_sockets.group: invalid group specified'],
  [{ socketMode: '0888' }, 'unix_sockets.mode: invalid mode specified: 0888'],
  [{ socketMode: 'rw' }, 'unix_sockets.mode: invalid mode specified: rw'],
] as const)('%o is refused before anything listens', ([options, message]) => {
  expect(() => readSocketAccess({ ...unset, ...options })).toThrow(message)
})

test('what this user may not do is said with the setting', async () => {
  const access = readSocketAccess({ ...unset, socketMode: '0600' })
  await expect(access.applyTo('/nowhere/http.sock')).rejects.toThrow(/^unix_sockets: the socket .* cannot be given/)
})
