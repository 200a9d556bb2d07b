import fc from 'fast-check'
import { expect, test } from 'vitest'
import { JsonDecodeError, parseJson } from '../../src/wire/schema.ts'
import { Session } from '../../src/wire/structs/session.ts'
import { SessionBody, sessionOf } from './session-body.ts'

const fieldNames = [...Object.keys(Session.zero()), 'nodechecks', '__proto__', 'unknown']

test('whatever a body says, it is refused as a body or becomes a session that can be logged', () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('1h', '-1s', '9223372036854775807ns', '', null),
    fc.double(),
    fc.constantFrom(1e300, -(2 ** 63), 2 ** 62, 999, -1),
    fc.array(fc.record({ ID: fc.string(), Namespace: fc.string() })),
    fc.array(fc.string()),
  )
  const body = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...fieldNames), value))
  fc.assert(
    fc.property(body, (asked) => {
      let session: Session
      try {
        session = sessionOf(SessionBody.fromJson(parseJson(Buffer.from(JSON.stringify(asked)))), 'node-a')
      } catch (error) {
        if (error instanceof JsonDecodeError) return
        throw error
      }
      expect(Session.decode(Session.encode(session))).toEqual(session)
      expect(session).toMatchObject({ ID: '', CreateIndex: 0, ModifyIndex: 0 })
    }),
    { numRuns: 500 },
  )
})

test('fields that the leader fills in are not taken, and still have to be of their type', () => {
  const asked = { ID: 'mine', CreateIndex: 7, ModifyIndex: 8, Name: 'n' }
  expect(sessionOf(SessionBody.fromJson(asked), 'node-a')).toMatchObject({
    ID: '',
    CreateIndex: 0,
    ModifyIndex: 0,
    Name: 'n',
  })
  for (const field of ['ID', 'CreateIndex', 'ModifyIndex']) {
    expect(() => SessionBody.fromJson({ [field]: [] })).toThrow(`Request decode failed: field "${field}" must be`)
  }
})
