import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { VirtualClock } from '../../../src/testing/virtual-clock.ts'
import type { AppendRequest } from '../core/messages.ts'
import { until } from '../driver.fixture.ts'
import { Lane, type LaneSetup } from './lane.ts'
import { encodeReply } from './wire-replies.ts'

const request: AppendRequest = {
  type: 'append',
  from: 'a',
  to: 'b',
  term: 2,
  prevIndex: 1,
  prevTerm: 1,
  entries: [],
  commitIndex: 1,
  echo: { prevIndex: 1, upTo: 1, round: 0, sentAtMs: 0 },
}

let server: Server
let sockets: Socket[]
let answers: boolean
beforeEach(async () => {
  sockets = []
  answers = true
  server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', () => answers && socket.write(reply))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  server.close()
  await once(server, 'close')
})

const reply = encodeReply(
  request,
  { type: 'appendReply', from: 'b', to: 'a', term: 2, success: true, lastIndex: 1, echo: request.echo },
  { id: 'b', address: 'x' },
)

/** A lane to the server, and what it told. */
function lane(other: Partial<LaneSetup> = {}) {
  const clock = new VirtualClock()
  const told = { answers: 0, failed: 0, broke: 0 }
  const made = new Lane({
    self: { id: 'a', address: 'y' },
    peer: 'b',
    address: () => `127.0.0.1:${(server.address() as AddressInfo).port}`,
    localAddress: undefined,
    clock,
    random: seededRandom(1),
    timeoutMs: 10_000,
    underWayMax: 8,
    waitingMax: 8,
    keepsWaiting: false,
    answered: () => void told.answers++,
    failed: () => void told.failed++,
    broke: () => void told.broke++,
    works: () => {},
    ...other,
  })
  return { lane: made, clock, told }
}

test('tells of a connection that breaks while nothing is under way', async () => {
  const { lane: ours, told } = lane()
  ours.send(request)
  await until(() => told.answers === 1)
  expect(told.broke).toBe(0)
  sockets[0]!.destroy()
  await until(() => told.broke === 1)
  expect(told.failed).toBe(0)
  ours.close()
})

test('tells of requests that will not be answered, and of the connection', async () => {
  answers = false
  const { lane: ours, told } = lane()
  ours.send(request)
  await until(() => sockets.length === 1)
  sockets[0]!.destroy()
  await until(() => told.broke === 1)
  expect(told.failed).toBe(1)
  ours.close()
})

test('tells of the new connection after a rest: another process may be at its end', async () => {
  const { lane: ours, clock, told } = lane()
  ours.send(request)
  await until(() => told.answers === 1)
  await clock.advance(300_000)
  await until(() => sockets[0]!.destroyed)
  expect(told.broke).toBe(0)
  ours.send(request)
  await until(() => told.answers === 2)
  expect(told).toEqual({ answers: 2, failed: 0, broke: 1 })
  ours.close()
})

test('tells nothing once it is closed', async () => {
  const { lane: ours, told } = lane()
  ours.send(request)
  await until(() => told.answers === 1)
  ours.close()
  await until(() => sockets[0]!.destroyed)
  expect(told).toEqual({ answers: 1, failed: 0, broke: 0 })
})
