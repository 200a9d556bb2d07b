import { expect, test } from 'vitest'
import { Footprint, rewatch, Scope } from './dependencies.ts'

function footprint(read: (footprint: Footprint) => void) {
  const fresh = new Footprint()
  read(fresh)
  return fresh.seal()
}

test('a touched key concerns who read it and who listed above it, as long as they watch', () => {
  const scope = new Scope()
  const told: string[] = []
  const dependent = (name: string) => ({ invalidate: () => told.push(name) })
  const [one, two, three] = [dependent('one'), dependent('two'), dependent('three')]
  const watched = {
    one: rewatch(
      one,
      [],
      footprint((it) => it.key(scope, 'a/b')),
    ),
    two: rewatch(
      two,
      [],
      footprint((it) => it.key(scope, 'a/b')),
    ),
    three: rewatch(
      three,
      [],
      footprint((it) => it.prefix(scope, 'a/')),
    ),
  }
  scope.touch('a/b')
  expect(told.splice(0)).toEqual(['one', 'two', 'three'])
  scope.touch('a/c')
  scope.touch('a')
  expect(told.splice(0)).toEqual(['three'])
  watched.one = rewatch(
    one,
    watched.one,
    footprint((it) => it.prefix(scope, '')),
  )
  scope.touch('a/b')
  expect(told.splice(0).sort()).toEqual(['one', 'three', 'two'])
  rewatch(one, watched.one, [])
  rewatch(two, watched.two, [])
  rewatch(three, watched.three, [])
  scope.touch('a/b')
  expect(told).toEqual([])
  expect(scope.isWatched).toBe(false)
})

test('the same footprint twice leaves the watch as it is', () => {
  const scope = new Scope()
  const dependent = { invalidate: () => {} }
  const read = (it: Footprint): void => {
    it.key(scope, 'a')
    it.key(scope, 'a')
    it.prefix(scope, 'b')
  }
  const first = rewatch(dependent, [], footprint(read))
  expect(first).toEqual([{ scope, keys: ['a'], prefixes: ['b'] }])
  expect(rewatch(dependent, first, footprint(read))).toBe(first)
})

test('who watches a whole table needs no single keys of it', () => {
  const scope = new Scope()
  const read = footprint((it) => {
    it.key(scope, 'a')
    it.prefix(scope, '')
    it.key(scope, 'b')
    it.prefix(scope, 'c')
  })
  expect(read).toEqual([{ scope, keys: [], prefixes: [''] }])
})
