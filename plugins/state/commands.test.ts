import { expect, test } from 'vitest'
import type { Struct } from '../../src/wire/schema.ts'
import { struct, text } from '../../src/wire/schema.ts'
import { CommandTable } from './commands.ts'

declare module '../../src/kernel/hooks.ts' {
  interface Commands {
    TestGreet: { Name: string }
  }
}

const Greet: Struct<{ Name: string }> = struct('TestGreet', { Name: text() })

test('a command comes back from its log entry as it was proposed', () => {
  const table = new CommandTable()
  table.define({ name: 'TestGreet', type: 100, struct: Greet } as never)
  const data = table.encode('TestGreet', { Name: 'Ada' })
  expect(data[0]).toBe(100)
  expect(table.decode(data)).toEqual({ name: 'TestGreet', command: { Name: 'Ada' } })
})

test('an unknown command that may be skipped is skipped', () => {
  expect(new CommandTable().decode(Buffer.of(0x80 | 41, 0xc0))).toBeUndefined()
})

test('an unknown command that may not be skipped stops the server and says which type it was', () => {
  expect(() => new CommandTable().decode(Buffer.of(41, 0xc0))).toThrow('a command of type 41')
})

test('two commands cannot share a number, whether or not one of them may be skipped', () => {
  const table = new CommandTable()
  table.define({ name: 'TestGreet', type: 5, struct: Greet } as never)
  expect(() => table.define({ name: 'TestOther', type: 0x80 | 5, struct: Greet } as never)).toThrow(
    'share a name or a number',
  )
})
