import { describe, expect, test } from 'vitest'
import { Log } from '../../src/kernel/log.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import type { Member } from '../gossip/contract.ts'
import type { Server } from './contract.ts'
import { Expectation } from './expectation.ts'

function member(number: number, tags: Record<string, string> = {}): Member {
  const own = { role: 'consul', dc: 'dc1', id: `id-${number}`, port: '8300', vsn: '2', build: '1.10.12:', expect: '3' }
  const versions = { min: 1, max: 5, current: 2 }
  const address = `10.0.0.${number}`
  return {
    name: `s${number}`,
    address,
    port: 8301,
    status: 1,
    tags: { ...own, ...tags },
    protocol: versions,
    delegate: versions,
  }
}

/** The first of three servers, of which the others answer as told. */
function first() {
  const clock = new VirtualClock()
  const lines: string[] = []
  const log = new Log({ level: 'debug', json: false, write: (line) => void lines.push(line), nowMs: () => 0 })
  const world = {
    clock,
    lines,
    members: [member(1), member(2), member(3)],
    blank: true,
    /** Who is asked, in order. */
    asked: [] as string[],
    answer: async (_address: string): Promise<readonly string[]> => [],
    begun: [] as (readonly Server[])[],
  }
  const expectation = new Expectation({
    datacenter: 'dc1',
    expect: 3,
    fingerprint: 'ours',
    self: 'id-1',
    clock,
    log: log.logger('raft'),
    members: () => world.members,
    isBlank: () => world.blank,
    peersOf: (address) => {
      world.asked.push(address)
      return world.answer(address)
    },
    begin: (servers) => void world.begun.push(servers),
  })
  return { ...world, world, expectation, settle: () => clock.advance(0) }
}

describe('a server that expects two others', () => {
  test('asks both whether they are in a cluster, and begins one with them, once', async () => {
    const { world, expectation, settle } = first()
    expectation.check()
    await settle()
    expect(world.asked).toEqual(['10.0.0.2:8300', '10.0.0.3:8300'])
    expect(world.begun.map((servers) => servers.map(({ id }) => id))).toEqual([['id-1', 'id-2', 'id-3']])
    expectation.check()
    await settle()
    expect(world.asked).toHaveLength(2)
    expect(world.begun).toHaveLength(1)
  })

  test('waits until they are there, and says so once', async () => {
    const { world, expectation, settle } = first()
    world.members = [member(1), member(2)]
    expectation.check()
    await settle()
    expectation.check()
    await settle()
    expect(world.asked).toEqual([])
    expect(world.lines.filter((line) => line.includes('waiting for servers'))).toHaveLength(1)
    world.members.push(member(3))
    expectation.check()
    await settle()
    expect(world.begun).toHaveLength(1)
  })

  test('never begins one when another is in a cluster already', async () => {
    const { world, expectation, settle } = first()
    world.answer = async (address) => (address === '10.0.0.3:8300' ? ['10.0.0.9:8300'] : [])
    expectation.check()
    await settle()
    world.answer = async () => []
    expectation.check()
    await settle()
    expect(world.begun).toEqual([])
    expect(world.lines.join()).toContain('existing Raft peers reported, disabling bootstrap mode')
  })

  test('asks again who does not answer, and goes on without an answer after six times', async () => {
    const { world, expectation, clock, settle } = first()
    world.answer = async (address) => {
      if (address === '10.0.0.2:8300') throw new Error('connection refused')
      return []
    }
    expectation.check()
    await settle()
    for (const pauseMs of [1000, 2000, 4000, 8000, 16_000]) {
      expect(world.begun).toEqual([])
      await clock.advance(pauseMs - 1)
      const before = world.asked.length
      await clock.advance(1)
      expect(world.asked.length).toBe(before + 1)
    }
    await settle()
    expect(world.begun).toHaveLength(1)
  })

  test('leaves it when the others were quicker', async () => {
    const { world, expectation, settle } = first()
    const answers = Promise.withResolvers<readonly string[]>()
    world.answer = () => answers.promise
    expectation.check()
    await settle()
    world.blank = false
    answers.resolve([])
    await settle()
    expect(world.begun).toEqual([])
  })

  test('looks again when somebody came while it asked', async () => {
    const { world, expectation, settle } = first()
    const answers = Promise.withResolvers<readonly string[]>()
    world.members = [member(1), member(2), member(3), member(4, { expect: '5' })]
    expectation.check()
    await settle()
    expect(world.lines.join()).toContain('conflicting expect value')
    world.members.pop()
    world.answer = () => answers.promise
    expectation.check()
    expectation.check()
    answers.resolve([])
    await settle()
    expect(world.begun).toHaveLength(1)
  })

  test('is not among those it sees: somebody has taken its id for another, and nothing begins', async () => {
    const { world, expectation, settle } = first()
    world.members = [member(2), member(3), member(4)]
    expectation.check()
    await settle()
    expect(world.begun).toEqual([])
  })

  test('stops asking when the agent stops', async () => {
    const { world, expectation, clock, settle } = first()
    world.answer = async () => {
      throw new Error('connection refused')
    }
    expectation.check()
    await settle()
    expectation.close()
    await clock.advance(60_000)
    expect(world.asked).toHaveLength(2)
    expect([world.begun, clock.pending]).toEqual([[], 0])
    expect(world.lines.join()).not.toContain('bootstrap failed')
  })
})
