import { expect, test } from 'vitest'
import { RemoteError, UnreachableError } from '../../src/rpc/errors.ts'
import { askPeersBy } from './ask-peers.ts'

/** A server that answers these methods, and says of others what a server of Consul's does. */
function askOf(answers: Readonly<Record<string, unknown>>) {
  const asked: string[] = []
  const ask = async (_address: string, { name }: { name: string }) => {
    asked.push(name)
    const answer = answers[name] ?? new RemoteError(`rpc: can't find service ${name}`)
    if (answer instanceof Error) throw answer
    return answer
  }
  const askPeers = askPeersBy({ ask: ask as never }, 'dc1', 1000)
  return { asked, peers: () => askPeers('10.0.0.9:8300', new AbortController().signal) }
}

test('a server of ours tells ids and addresses', async () => {
  const { peers, asked } = askOf({ 'Proconsul.KnownPeers': [{ ID: 'a', Address: '10.0.0.1:8300' }] })
  expect(await peers()).toEqual([{ id: 'a', address: '10.0.0.1:8300' }])
  expect(asked).toEqual(['Proconsul.KnownPeers'])
})

test("a server of Consul's tells addresses", async () => {
  expect(await askOf({ 'Status.Peers': ['10.0.0.1:8300'] }).peers()).toEqual([{ id: '', address: '10.0.0.1:8300' }])
})

test('who is still starting, or does not answer, has not said that it is in no cluster', async () => {
  const starting = new RemoteError('the server is still starting: ask again in a moment')
  const both = { 'Proconsul.KnownPeers': starting, 'Status.Peers': starting }
  await expect(askOf(both).peers()).rejects.toThrow('still starting')
  const gone = new UnreachableError('10.0.0.9:8300', 'refused')
  const { peers, asked } = askOf({ 'Proconsul.KnownPeers': gone })
  await expect(peers()).rejects.toBe(gone)
  expect(asked).toHaveLength(1)
})
