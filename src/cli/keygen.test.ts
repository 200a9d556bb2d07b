import { expect, test } from 'vitest'
import { RecordingTerminal } from './recording-terminal.fixture.ts'
import { run } from './run.ts'

async function keygen(...args: string[]) {
  const terminal = new RecordingTerminal()
  const status = await run(['keygen', ...args], terminal)
  return { status, out: terminal.out, err: terminal.err }
}

test('keygen prints 32 bytes in base64, others each time', async () => {
  const [one, other] = [await keygen(), await keygen()]
  expect(one).toMatchObject({ status: 0, err: '' })
  expect(one.out).toMatch(/^[A-Za-z0-9+/]{43}=\n$/)
  expect(Buffer.from(one.out, 'base64')).toHaveLength(32)
  expect(other.out).not.toBe(one.out)
})

test('keygen explains itself, and takes nothing else', async () => {
  expect(await keygen('-help')).toEqual({
    status: 0,
    out: expect.stringMatching(/^Usage: proconsul keygen\n/),
    err: '',
  })
  expect(await keygen('32')).toEqual({
    status: 1,
    out: '',
    err: expect.stringMatching(/^==> keygen takes no arguments; it is given 32\n/),
  })
})
