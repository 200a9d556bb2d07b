import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { freePort } from '../../../src/testing/free-ports.ts'
import { Keyring } from '../encryption/keyring.ts'
import { encodePushPull } from '../wire/push-pull.ts'
import { closed, connected, key, listen, nodeNamed, silentServer, view } from './loopback.fixture.ts'
import type { LayerOptions } from './setup.ts'

describe('a push/pull', () => {
  test.for<[string, LayerOptions]>([
    ['plain', { compress: false }],
    ['compressed', {}],
    ['encrypted', { keys: new Keyring([key(1)]) }],
    ['labelled and encrypted', { label: 'blue', keys: new Keyring([key(1)]) }],
  ])('shows each side the other in a pool that is %s', async ([, options]) => {
    const [a, b] = [await listen('a', options), await listen('b', options)]
    const answer = await a.transport.pushPull(b.endpoint, () => view('a'))
    expect(answer).toEqual({ ...b.view, join: true })
    await b.until(() => b.merged.length === 1)
    expect(b.merged).toEqual([view('a')])
  })

  test('carries a pool of 5,000', async () => {
    const [a, b] = [
      await listen('a', { keys: new Keyring([key(1)]) }),
      await listen('b', { keys: new Keyring([key(1)]) }),
    ]
    const nodes = Array.from({ length: 5000 }, (_, i) => nodeNamed(`node-${i}`))
    b.view = { ...b.view!, nodes }
    const answer = await a.transport.pushPull(b.endpoint, () => ({ ...view('a'), nodes }))
    expect(answer.nodes).toEqual(nodes)
    await b.until(() => b.merged.length === 1)
    expect(b.merged[0]!.nodes).toEqual(nodes)
  })

  test('fails with the reason the other side gives', async () => {
    const [a, b] = [await listen('a'), await listen('b', { keys: new Keyring([key(1)]), verifyOutgoing: false })]
    await expect(a.transport.pushPull(b.endpoint, () => view('a'))).rejects.toThrow(
      'remote error: cannot read a gossip stream: it is not encrypted, and this agent takes only what is',
    )
    expect(b.merged).toEqual([])
    expect(b.transport.counters.streamsBroken).toBe(1)
  })

  test('fails on both sides when the keys differ', async () => {
    const [a, b] = [
      await listen('a', { keys: new Keyring([key(1)]) }),
      await listen('b', { keys: new Keyring([key(2)]) }),
    ]
    // The reason comes back, encrypted with the other side's key.
    await expect(a.transport.pushPull(b.endpoint, () => view('a'))).rejects.toThrow(
      'none of the keys of this agent fits',
    )
    expect(b.refused).toEqual(['cannot read a gossip stream: none of the keys of this agent fits'])
  })

  test('with a member of another label is closed without a word', async () => {
    const [a, b] = [await listen('a', { label: 'green' }), await listen('b', { label: 'blue' })]
    await expect(a.transport.pushPull(b.endpoint, () => view('a'))).rejects.toMatchObject({ code: 'gossip_peer' })
    expect(b.refused).toEqual(['cannot read a gossip stream: it bears another label than this agent'])
  })

  test('with nobody fails in the words of Go', async () => {
    const a = await listen('a')
    const port = await freePort()
    await expect(a.transport.pushPull({ address: '127.0.0.1', port }, () => view('a'))).rejects.toThrow(
      `dial tcp 127.0.0.1:${port}: connect: connection refused`,
    )
  })

  test('that is not answered in time fails', async () => {
    const a = await listen('a')
    const { endpoint, connected } = await silentServer()
    const exchange = a.transport.pushPull(endpoint, () => view('a'))
    const failed = expect(exchange).rejects.toThrow(`dial tcp 127.0.0.1:${endpoint.port}: i/o timeout`)
    const socket = await connected
    await once(socket, 'data')
    await a.clock.advance(10_000)
    await failed
    expect(a.clock.pending).toBe(0)
  })

  test('ends with its signal, and when the pool closes', async () => {
    const a = await listen('a')
    const { endpoint } = await silentServer()
    const giveUp = new AbortController()
    const one = a.transport.pushPull(endpoint, () => view('a'), giveUp.signal)
    const other = a.transport.pushPull(endpoint, () => view('a'))
    giveUp.abort()
    await expect(one).rejects.toMatchObject({ code: 'gossip_dial_aborted' })
    await Promise.all([a.transport.close(), expect(other).rejects.toMatchObject({ code: 'gossip_dial_aborted' })])
    await expect(a.transport.pushPull(endpoint, () => view('a'))).rejects.toMatchObject({ code: 'gossip_dial_aborted' })
  })

  test('is refused while 128 others are being answered', async () => {
    const b = await listen('b', { compress: false })
    const request = encodePushPull(view('a'))
    // These read no answer and do not hang up.
    const slow = await Promise.all(Array.from({ length: 128 }, () => connected(b)))
    for (const socket of slow) socket.write(request)
    await b.until(() => b.merged.length === 128)
    const late = await connected(b)
    late.write(request)
    await closed(late)
    expect(late.bytesRead).toBe(0)
    expect(b.transport.counters.streamsRefused).toBe(1)
    for (const socket of slow) socket.destroy()
    await Promise.all(slow.map(closed))
    const a = await listen('a')
    expect(await a.transport.pushPull(b.endpoint, () => view('a'))).toMatchObject({ nodes: [{ name: 'b' }] })
  })

  test('that shows members nobody can understand goes on without them', async () => {
    const [a, b] = [await listen('a'), await listen('b')]
    await a.transport.pushPull(b.endpoint, () => ({ ...view('a'), nodes: [nodeNamed(''), nodeNamed('x')] }))
    await b.until(() => b.merged.length === 1)
    expect(b.merged[0]!.nodes).toEqual([nodeNamed('x')])
    expect(b.refused).toEqual(['1 members of a push/pull'])
  })
})
