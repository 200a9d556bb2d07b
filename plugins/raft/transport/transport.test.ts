import { once } from 'node:events'
import { connect } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { until } from '../driver.fixture.ts'
import { openPort, startCluster, startServer } from './cluster.fixture.ts'
import { ReplyReader } from './reply-reader.ts'
import { decodeReply } from './wire-replies.ts'
import { encodeRequest, type Request } from './wire-requests.ts'

const text = (value: string) => Buffer.from(value)

describe('servers over the network', () => {
  test('elect a leader and apply the same entries in the same order', async () => {
    const cluster = await startCluster(3)
    const leader = cluster.leader()
    await Promise.all(Array.from({ length: 500 }, (_, at) => leader.driver.propose(text(`${at}`))))
    await until(() => cluster.servers.every(({ machine }) => machine.items.length === 500))
    for (const { machine } of cluster.servers) expect(machine.items).toEqual(leader.machine.items)
    await leader.driver.verifyLeader()
    await cluster.stop()
  })

  test('carry entries of a megabyte', async () => {
    const cluster = await startCluster(3)
    const large = text('x'.repeat(2 ** 20))
    await Promise.all([1, 2, 3].map(() => cluster.leader().driver.propose(large)))
    await until(() => cluster.servers.every(({ machine }) => machine.items.length === 3))
    expect(cluster.servers.map(({ machine }) => machine.items[2]!.length)).toEqual([2 ** 20, 2 ** 20, 2 ** 20])
    await cluster.stop()
  })

  test('replace a leader whose process ended long before its silence would tell', async () => {
    const cluster = await startCluster(3)
    const old = cluster.leader()
    await old.driver.propose(text('kept'))
    const others = cluster.followers()
    await until(() => others.every(({ driver }) => driver.core.leader === old.id))
    for (const { lines } of others) lines.length = 0
    await old.stop()
    await until(() => others.some(({ driver }) => driver.leads))
    // After the heartbeat timeout the silence would be that of a leader; here it was given up before.
    const silences = others.flatMap(({ lines }) => lines.filter((line) => line.includes('silence')))
    expect(silences).toEqual(['{"kind":"silence"}'])
    const next = others.find(({ driver }) => driver.leads)!
    await next.driver.propose(text('later'))
    expect(next.machine.items).toEqual(['kept', 'later'])
    for (const server of others) await server.stop()
  })

  test('hand leadership over when asked', async () => {
    const cluster = await startCluster(3)
    const old = cluster.leader()
    const target = cluster.followers()[0]!
    await old.driver.transferLeadership(target.id)
    await until(() => target.driver.leads)
    expect(old.driver.core.role).toBe('follower')
    await cluster.stop()
  })

  test('bring a newcomer up with a snapshot, streamed and checked, and then with the log', async () => {
    const snapshots = { thresholdEntries: 1e9, intervalMs: 1e9, trailingEntries: 10, keep: 2 }
    const cluster = await startCluster(1, { snapshots })
    const leader = cluster.leader()
    const item = (at: number) => `${at} ${'x'.repeat(500)}`
    await Promise.all(Array.from({ length: 4000 }, (_, at) => leader.driver.propose(text(item(at)))))
    await leader.driver.takeSnapshot()
    await leader.driver.propose(text('behind it'))
    const newcomer = await startServer('n', await openPort())
    await leader.driver.changeMembership({ kind: 'addNonvoter', id: 'n', address: newcomer.address })
    await until(() => newcomer.machine.items.length === 4001)
    expect(newcomer.machine.items).toEqual(leader.machine.items)
    expect(newcomer.driver.lastSnapshot.index).toBeGreaterThan(4000)
    expect((await newcomer.store.snapshots())[0]!.sha256).toBe((await leader.store.snapshots())[0]!.sha256)
    await leader.driver.changeMembership({ kind: 'addVoter', id: 'n', address: newcomer.address })
    await leader.driver.propose(text('as a voter'))
    await until(() => newcomer.machine.items.at(-1) === 'as a voter')
    await newcomer.stop()
    await cluster.stop()
  })

  test('do not take the answers of another server for those of a peer', async () => {
    const cluster = await startCluster(1)
    const leader = cluster.leader()
    const stranger = await startServer('stranger', await openPort())
    await leader.driver.changeMembership({ kind: 'addNonvoter', id: 'n', address: stranger.address })
    await until(() => leader.lines.some((line) => line.includes('has the id stranger')))
    expect(leader.driver.core.role).toBe('leader')
    await stranger.stop()
    await cluster.stop()
  })
})

describe('a hostile client', () => {
  const self = { id: 'x', address: '127.0.0.1:1' }
  const ask = { from: 'x', to: 'a', term: 1, type: 'preVote', lastIndex: 0, lastTerm: 0, transfer: false } as const

  test('sends any bytes, and the server goes on', async () => {
    const cluster = await startCluster(1)
    const { port, driver, lines } = cluster.leader()
    const real = encodeRequest(ask, self)
    const damaged = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })).map(([at, value]) => {
      const copy = Buffer.from(real)
      copy[at % copy.length] = value
      return copy
    })
    await fc.assert(
      fc.asyncProperty(fc.oneof(damaged, fc.uint8Array({ maxLength: 100 })), async (bytes) => {
        const socket = connect(port.port, '127.0.0.1')
        socket.on('error', () => {})
        socket.end(Buffer.concat([Buffer.of(1), bytes]))
        socket.resume()
        await once(socket, 'close')
      }),
      { numRuns: 200 },
    )
    await driver.propose(text('still here'))
    expect(lines.filter((line) => line.startsWith('fatal'))).toEqual([])
    await cluster.stop()
  })

  test('gets answers in the order of its requests, however they are cut', async () => {
    const cluster = await startCluster(1)
    const socket = connect(cluster.leader().port.port, '127.0.0.1')
    // The one in the middle is answered at once, the others when the core had its turn.
    const requests: Request[] = [ask, { from: 'x', to: 'a', term: 1, type: 'timeoutNow' }, ask]
    const bytes = Buffer.concat([Buffer.of(1), ...requests.map((request) => encodeRequest(request, self))])
    const received: Buffer[] = []
    socket.on('data', (chunk) => received.push(chunk as Buffer))
    for (const byte of bytes) socket.write(Buffer.of(byte))
    const reader = new ReplyReader()
    const answers: Buffer[] = []
    await until(() => {
      for (const chunk of received.splice(0)) answers.push(...reader.push(chunk))
      return answers.length === 3
    })
    expect(answers.map((answer) => answer.includes('Granted'))).toEqual([true, false, true])
    expect(decodeReply(ask, answers[2]!).reply).toMatchObject({ type: 'preVoteReply', granted: false })
    socket.destroy()
    await cluster.stop()
  })

  test('is cut off when it announces more than a message may hold', async () => {
    const cluster = await startCluster(1)
    const socket = connect(cluster.leader().port.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(Buffer.from('010081a444617461db7fffffff', 'hex'))
    const more = Buffer.alloc(2 ** 20)
    let sent = 0
    const send = () => {
      while (sent < 200 && socket.write(more)) sent++
    }
    socket.on('drain', send)
    send()
    await new Promise((resolve) => socket.once('close', resolve))
    expect(sent).toBeLessThan(100)
    await cluster.stop()
  })

  test('may hold a hundred connections, not more', async () => {
    const cluster = await startCluster(1)
    const sockets = Array.from({ length: 101 }, () => connect(cluster.leader().port.port, '127.0.0.1'))
    for (const socket of sockets) socket.on('error', () => {})
    const closed = await Promise.race(sockets.map((socket) => once(socket, 'close').then(() => socket)))
    expect(sockets.indexOf(closed)).toBe(100)
    for (const socket of sockets) socket.destroy()
    await cluster.stop()
  })
})
