import { describe, expect, test } from 'vitest'
import { orderPlugins } from './order.ts'

const names = (plugins: { name: string }[]) => plugins.map(({ name }) => name)

describe('the order of plugins', () => {
  test('puts a provider before those who need it, whatever the order they come in', () => {
    const raft = { name: 'raft', requires: ['state'], provides: ['consensus'] }
    const state = { name: 'state', provides: ['state'] }
    const kv = { name: 'kv', requires: ['consensus', 'state'] }
    expect(names(orderPlugins([kv, raft, state]))).toEqual(['state', 'raft', 'kv'])
    expect(names(orderPlugins([state, raft, kv]))).toEqual(['state', 'raft', 'kv'])
  })

  test('goes by name where needs do not decide', () => {
    expect(names(orderPlugins([{ name: 'b' }, { name: 'c' }, { name: 'a' }]))).toEqual(['a', 'b', 'c'])
  })

  test('counts what is wanted when somebody provides it, and does without it when nobody does', () => {
    const a = { name: 'a', wants: ['members', 'nothing'] }
    const z = { name: 'z', provides: ['members'] }
    expect(names(orderPlugins([a, z]))).toEqual(['z', 'a'])
    expect(names(orderPlugins([a]))).toEqual(['a'])
  })

  test('is refused with the names of the plugin and the service when nobody provides what is needed', () => {
    expect(() => orderPlugins([{ name: 'kv', requires: ['consensus'] }])).toThrow(
      'plugin "kv" needs the service "consensus", which no enabled plugin provides',
    )
  })

  test('is refused with the circle spelled out', () => {
    const a = { name: 'a', provides: ['x'], requires: ['y'] }
    const b = { name: 'b', provides: ['y'], requires: ['x'] }
    expect(() => orderPlugins([a, b])).toThrow('a → b → a')
  })

  test('is refused when two plugins provide one service', () => {
    const rivals = [
      { name: 'raft', provides: ['consensus'] },
      { name: 'paxos', provides: ['consensus'] },
    ]
    expect(() => orderPlugins(rivals)).toThrow('plugins "raft" and "paxos" both provide the service "consensus"')
  })
})
