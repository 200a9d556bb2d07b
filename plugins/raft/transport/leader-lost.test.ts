import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { Log } from '../../../src/kernel/log.ts'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { VirtualClock } from '../../../src/testing/virtual-clock.ts'
import type { AppendRequest } from '../core/messages.ts'
import { until } from '../driver.fixture.ts'
import { openPort } from './cluster.fixture.ts'
import { RaftTransport, type TransportTarget } from './transport.ts'
import { encodeRequest } from './wire-requests.ts'

const append: AppendRequest = {
  type: 'append',
  from: 'a',
  to: 'b',
  term: 2,
  prevIndex: 7,
  prevTerm: 1,
  entries: [],
  commitIndex: 7,
  leaseMs: 300,
  echo: { prevIndex: 7, upTo: 7, round: 0, sentAtMs: 0 },
}

test.for([
  ['a piece of the log, as after a restart of this server', append],
  ['a heartbeat', { ...append, prevIndex: 0, prevTerm: 0, commitIndex: 0 }],
] as const)('a leader that was heard only by %s is given up when its process ends', async ([, request]) => {
  const clock = new VirtualClock()
  const [leader, own] = [await openPort(), await openPort()]
  const heard: string[] = []
  const lost: string[] = []
  const target: Partial<TransportTarget> = {
    role: 'follower',
    term: 2,
    leader: 'a',
    get leaderHeardAtMs() {
      return heard.length > 0 ? clock.monotonicMs() : undefined
    },
    servers: [
      { id: 'a', address: leader.address, suffrage: 'voter' },
      { id: 'b', address: own.address, suffrage: 'voter' },
    ],
    refusal: undefined,
    receive: ({ type }) => void heard.push(type),
    leaderLost: (id) => lost.push(id),
  }
  const transport = new RaftTransport({
    self: { id: 'b', address: own.address },
    localAddress: undefined,
    heartbeatTimeoutMs: 5000,
    clock,
    random: seededRandom(1),
    log: new Log({ level: 'error', json: false, write: () => {}, nowMs: () => 0 }).logger('raft'),
    target: target as TransportTarget,
  })
  own.serve.by = transport
  const socket = connect(own.port.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(Buffer.concat([Buffer.of(1), encodeRequest(request, { id: 'a', address: leader.address })]))
  await until(() => heard.length === 1)
  // Its system refuses connections from now on, and resets this one. No time passes, so nothing is said by silence.
  await leader.port.close()
  socket.resetAndDestroy()
  await until(() => lost.length > 0)
  expect(lost).toEqual(['a'])
  transport.close()
  await own.port.close()
})
