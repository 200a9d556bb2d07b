import { expect, test } from 'vitest'
import type { AnyPlugin } from './plugin.ts'
import { isPlugin, shapeProblem } from './plugin-shape.ts'

const setup = () => undefined

test.for([[undefined], [null], [5], ['dns'], [{}], [{ name: 'a' }], [{ setup }], [{ name: 5, setup }]])(
  '%j is no plugin',
  ([candidate]) => {
    expect(isPlugin(candidate)).toBe(false)
  },
)

test('a plugin with every part it may have is in order', () => {
  const whole = {
    name: 'disk-2',
    summary: 'looks at disks',
    provides: ['disks'],
    requires: [],
    wants: ['members'],
    options: { path: { type: 'path', help: 'Where to look.' } },
    setup,
  }
  expect(isPlugin(whole)).toBe(true)
  expect(shapeProblem(whole as AnyPlugin)).toBe(undefined)
})

test.for([
  [{ name: 'a.b' }, 'its name "a.b" must be letters'],
  [{ name: '' }, 'its name "" must be letters'],
  [{ summary: 5 }, 'its summary must be a text'],
  [{ requires: 'node' }, 'requires must be a list'],
  [{ wants: [5] }, 'wants must be a list'],
  [{ options: 5 }, 'options must be an object'],
  [{ options: { a: 'text' } }, 'options.a must be a declaration'],
  [{ options: { a: { type: 'colour', help: 'x' } } }, 'options.a has the type "colour"; use one of text, path,'],
  [{ options: { a: { type: 'constructor', help: 'x' } } }, 'options.a has the type "constructor"'],
  [{ options: { a: { type: 'text' } } }, 'options.a needs a help'],
] as const)('%j is told what is wrong', ([part, problem]) => {
  expect(shapeProblem({ name: 'a', setup, ...part } as unknown as AnyPlugin)).toContain(problem)
})
