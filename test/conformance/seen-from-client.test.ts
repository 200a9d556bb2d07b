import { expect, test } from 'vitest'
import { seenFromClient } from './seen-from-client.ts'

const port = '${' + 'port_server}'

function matches(step: object, text: string): boolean {
  const seen = seenFromClient(step) as { expect: { text: { $match: string } } }
  return new RegExp(seen.expect.text.$match.slice('re:'.length).replaceAll(port, '8300')).test(text)
}

test('an error may have come over other agents, and has to be the same', () => {
  const step = { http: { path: '/v1/x' }, expect: { status: 500, text: 'No key "a" (?)' } }
  expect(matches(step, 'No key "a" (?)')).toBe(true)
  expect(matches(step, 'rpc error making call: rpc error making call: No key "a" (?)')).toBe(true)
  expect(matches(step, 'rpc error making call: No key "b" (?)')).toBe(false)
  expect(matches(step, 'No key "a" (?) and more')).toBe(false)
  expect(matches({ expect: { status: 400, text: { $match: 're:^Bad .*x' } } }, 'rpc error making call: Bad xx')).toBe(
    true,
  )
})

test('the leader may be anywhere on the loopback, at the port of servers', () => {
  const step = { expect: { status: 200, text: { $match: `text:"127.0.0.1:${port}"` } } }
  expect(matches(step, '"127.100.4.2:8300"')).toBe(true)
  expect(matches(step, '"127.100.4.2:8301"')).toBe(false)
})

test('everything else stays as it is', () => {
  const suite = { name: 's', cases: [{ steps: [{ expect: { status: 200, json: { a: [1, null] }, text: 'yes' } }] }] }
  expect(seenFromClient(suite)).toEqual(suite)
})
