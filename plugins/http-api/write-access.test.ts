import { expect, test } from 'vitest'
import { ConfigError } from '../../src/kernel/errors.ts'
import type { HttpMethod } from './contract.ts'
import { startTestServer, text } from './test-server.ts'
import { WriteAccess } from './write-access.ts'

const allowed = (access: WriteAccess, method: HttpMethod, address: string): boolean => {
  try {
    access.require({ method, remoteAddress: address })
    return true
  } catch {
    return false
  }
}

test.for([
  ['PUT', '10.1.2.3', true],
  ['PUT', '::ffff:10.1.2.3', true],
  ['PUT', 'fd00::1', true],
  ['PUT', '10.2.0.1', false],
  ['POST', '127.0.0.1', false],
  ['DELETE', '', false],
  ['GET', '127.0.0.1', true],
  ['HEAD', '', true],
] as const)('with two networks named, %s from "%s" is allowed: %s', ([method, address, expected]) => {
  expect(allowed(new WriteAccess(['10.1.0.0/16', 'fd00::/8']), method, address)).toBe(expected)
})

test('with none named everybody writes', () => {
  expect(allowed(new WriteAccess([]), 'PUT', '')).toBe(true)
})

test('what is no network is refused when the agent starts', () => {
  expect(() => new WriteAccess(['10.0.0.1'])).toThrow(ConfigError)
  expect(() => new WriteAccess(['10.0.0.1'])).toThrow(
    /^http_config\.allow_write_http_from: "10\.0\.0\.1" is no network/,
  )
})

test('a write from elsewhere is answered as Consul does, behind the refusal of wrong methods', async () => {
  const server = await startTestServer({
    options: { allowWriteFrom: ['10.0.0.0/8'] },
    routes: () => [{ methods: ['GET', 'PUT'], path: '/v1/word/*key', summary: '', answer: () => text('done') }],
  })
  try {
    expect(await server.send('PUT', '/v1/word/a')).toMatchObject({ status: 403, text: 'Access is restricted' })
    expect((await server.get('/v1/word/a')).status).toBe(200)
    expect((await server.send('DELETE', '/v1/word/a')).status).toBe(405)
  } finally {
    await server.stop()
  }
})
