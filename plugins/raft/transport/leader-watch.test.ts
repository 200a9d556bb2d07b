import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '../../../src/testing/free-ports.ts'
import { VirtualClock } from '../../../src/testing/virtual-clock.ts'
import { until } from '../driver.fixture.ts'
import { LeaderWatch } from './leader-watch.ts'

const silenceMs = 1500

/** Where the leader listens, and the connections it has accepted. */
let leader: Server
let accepted: Socket[]
let clock: VirtualClock
let followed: { id: string; heardAtMs: number } | undefined
let gone: string[]
let watch: LeaderWatch

beforeEach(async () => {
  accepted = []
  gone = []
  const port = await freePort()
  leader = createServer((socket) => accepted.push(socket.on('error', () => {}).resume())).listen(port, '127.0.0.1')
  await once(leader, 'listening')
  clock = new VirtualClock()
  followed = { id: 'a', heardAtMs: clock.monotonicMs() }
  watch = new LeaderWatch({
    clock,
    localAddress: undefined,
    silenceMs,
    addressOf: () => `127.0.0.1:${port}`,
    followed: () => followed,
    gone: (id) => gone.push(id),
  })
  await clock.advance(10)
})

afterEach(async () => {
  watch.close()
  await end()
})

/** The process ends: the system closes what was open, and refuses what comes. */
async function end(): Promise<void> {
  for (const socket of accepted) socket.destroy()
  if (leader.listening) await new Promise((resolve) => leader.close(resolve))
}

describe('a leader whose connection closed', () => {
  test('is gone when it refuses a new one, without any time passing', async () => {
    await end()
    watch.disconnected('a')
    await until(() => gone.length > 0)
    expect(gone).toEqual(['a'])
  })

  test('is gone when it ends later, before it was heard again', async () => {
    watch.disconnected('a')
    await until(() => accepted.length === 1)
    await clock.advance(silenceMs - 1)
    expect(gone).toEqual([])
    await end()
    await until(() => gone.length > 0)
    expect(gone).toEqual(['a'])
  })

  test('is gone when it takes connections but is not heard for long', async () => {
    watch.disconnected('a')
    await until(() => accepted.length === 1)
    await clock.advance(silenceMs)
    expect(gone).toEqual(['a'])
    await until(() => accepted[0]!.destroyed)
  })

  test('is not gone when it is heard on another, and that is what tells of its end', async () => {
    watch.disconnected('a')
    await until(() => accepted.length === 1)
    await clock.advance(700)
    followed = { id: 'a', heardAtMs: clock.monotonicMs() }
    await clock.advance(silenceMs)
    await until(() => accepted[0]!.destroyed)
    expect(gone).toEqual([])
    await end()
    watch.disconnected('a')
    await until(() => gone.length > 0)
  })

  test('is nobody to watch when another leads', async () => {
    followed = { id: 'b', heardAtMs: clock.monotonicMs() }
    watch.disconnected('a')
    expect(clock.pending).toBe(0)
  })

  test('is not asked after once this server stops', async () => {
    watch.disconnected('a')
    await until(() => accepted.length === 1)
    watch.close()
    expect(clock.pending).toBe(0)
    await until(() => accepted[0]!.destroyed)
    expect(gone).toEqual([])
  })
})
