import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RejoinFile } from './rejoin-file.ts'
import { readRemembered } from './rejoin-log.ts'

const clocks = { clock: 7, eventClock: 8, queryClock: 9 }
const open = ({ rejoin = false, report = raise } = {}) => RejoinFile.open(path, { rejoin, report })
const raise = (error: unknown): void => {
  throw error
}
let dir: string
let path: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'proconsul-rejoin-'))
  path = join(dir, 'serf', 'local.snapshot')
})
afterEach(() => rmSync(dir, { recursive: true }))

describe('the members known before a restart', () => {
  test('are those that were alive, with the clocks', () => {
    const file = open()
    file.alive('a', '10.0.0.1:8301')
    file.alive('b', '10.0.0.2:8301')
    file.alive('c', '[fd00::3]:8301')
    file.notAlive('b')
    file.flush(clocks)
    const { alive, ...kept } = open().before
    expect([...alive]).toEqual([
      ['a', '10.0.0.1:8301'],
      ['c', '[fd00::3]:8301'],
    ])
    expect(kept).toEqual(clocks)
  })

  test('are none after a leave, unless rejoin_after_leave says so', () => {
    const file = open()
    file.alive('a', '10.0.0.1:8301')
    file.flush(clocks)
    file.leave()
    file.flush({ ...clocks, clock: 10 })
    expect(readRemembered(readFileSync(path, 'utf8'), { rejoin: false })).toEqual({
      alive: new Map(),
      clock: 0,
      eventClock: 0,
      queryClock: 0,
    })
    expect(open({ rejoin: true }).before).toEqual({
      alive: new Map([['a', '10.0.0.1:8301']]),
      ...clocks,
    })
  })

  test('are read from a file that serf wrote', () => {
    const text = [
      'alive: web-1 10.0.0.1:8301',
      '# a comment',
      'clock: 12',
      'coordinate: {"Vec":[0]}',
      'event-clock: 3',
      'query-clock: 4',
      'alive: name with blanks 10.0.0.2:8301',
      'not-alive: web-1',
      'alive: cut sho',
    ].join('\n')
    expect(readRemembered(text, { rejoin: false })).toEqual({
      alive: new Map([['name with blanks', '10.0.0.2:8301']]),
      clock: 12,
      eventClock: 3,
      queryClock: 4,
    })
  })

  test('take no more room than they need, however often they come and go', () => {
    const file = open()
    for (let round = 0; round < 5000; round++) {
      file.alive('flapping-member', `10.0.0.1:${round + 1}`)
      file.notAlive('flapping-member')
      file.flush({ ...clocks, clock: round })
    }
    expect(statSync(path).size).toBeLessThan(140_000)
    expect(open().before.clock).toBe(4999)
    expect(statSync(path).size).toBeLessThan(100)
  })

  test('cannot be forged by a name with a line break', () => {
    const file = open()
    file.alive('x 1\nalive: y', '10.0.0.1:8301')
    file.flush(clocks)
    expect([...open().before.alive.keys()]).toEqual(['x 1alive: y'])
  })

  test('that cannot be written are reported and do not stop anybody', () => {
    const problems: unknown[] = []
    const file = open({ report: (error: unknown) => void problems.push(error) })
    rmSync(join(dir, 'serf'), { recursive: true })
    file.alive('a', '10.0.0.1:8301')
    file.flush(clocks)
    expect(problems).toHaveLength(1)
  })

  test('are known also on a full disk, which is reported', () => {
    const file = open()
    file.alive('a', '10.0.0.1:8301')
    file.flush(clocks)
    const kept = readFileSync(path, 'utf8')
    symlinkSync('/dev/full', `${path}.compact`)
    const problems: unknown[] = []
    const { before } = open({ report: (error: unknown) => void problems.push(error) })
    expect([...before.alive.keys()]).toEqual(['a'])
    expect(problems).toMatchObject([{ code: 'ENOSPC' }])
    expect(readdirSync(join(dir, 'serf'))).toEqual(['local.snapshot'])
    expect(readFileSync(path, 'utf8')).toBe(kept)
  })

  test('that cannot be read stop the start, naming the file', () => {
    writeFileSync(join(dir, 'serf'), '')
    expect(() => open()).toThrow(/local\.snapshot cannot be used/)
  })
})
