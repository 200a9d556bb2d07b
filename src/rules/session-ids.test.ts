import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sessionIdFlaw, sessionKey } from './session-ids.ts'

const id = 'adadadad-0000-4000-8000-00000000000f'

test('ids are the same in any letter case and with their hyphens anywhere', () => {
  expect(sessionKey(id.toUpperCase())).toBe(sessionKey(id))
  expect(sessionKey('adadadad00004000-80000000-0000-000f-')).toBe(sessionKey(id))
})

test.for([
  [id, undefined],
  [id.toUpperCase(), undefined],
  ['a'.repeat(36), undefined],
  ['', 'UUID must be 36 characters'],
  ['ä'.repeat(35), 'UUID must be 36 characters'],
  [`${'a'.repeat(35)}-`, 'Input (without hyphens) must be even length'],
  ['-'.repeat(36), 'UUID should have maximum of 4 "-"; got 36'],
  [`x${id.slice(1)}`, `Invalid UUID: encoding/hex: invalid byte: U+0078 'x'`],
] as const)('the flaw of "%s" is %s', ([text, flaw]) => {
  expect(sessionIdFlaw(text)).toBe(flaw)
})

test('every UUID is good', () => {
  fc.assert(fc.property(fc.uuid(), (uuid) => sessionIdFlaw(uuid) === undefined))
})
