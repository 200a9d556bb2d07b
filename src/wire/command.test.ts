import { expect, test } from 'vitest'
import { commandBody, decodeCommandType, encodeCommand, ignorableCommand } from './command.ts'
import { struct, text } from './schema.ts'

const Note = struct('Note', { Text: text() })

test('a command is its type byte and a msgpack body', () => {
  const data = encodeCommand(2, Note, { Text: 'hi' })
  expect(data.toString('hex')).toBe('0281a454657874a26869')
  expect(decodeCommandType(data)).toEqual({ type: 2, ignorable: false })
  expect(Note.decode(commandBody(data))).toEqual({ Text: 'hi' })
})

test('a command that may be skipped says so in its type byte', () => {
  const data = encodeCommand(6 | ignorableCommand, Note, Note.zero())
  expect(data[0]).toBe(0x86)
  expect(decodeCommandType(data)).toEqual({ type: 6, ignorable: true })
})

test('an empty entry is malformed', () => {
  expect(() => decodeCommandType(Buffer.alloc(0))).toThrow('Malformed msgpack at byte 0')
})
