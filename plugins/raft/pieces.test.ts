import { expect, test } from 'vitest'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import type { EntryPiece } from '../state/contract.ts'
import { type CommandEncoder, RaftConsensus } from './consensus.ts'
import { ListMachine, startDriver, until } from './driver.fixture.ts'

/** Joins pieces, which here are texts that say by a `+` that there is more. */
class JoiningMachine extends ListMachine {
  begun = ''

  override apply(index: number, term: number, data: Buffer): unknown {
    this.begun += data.toString()
    if (this.begun.endsWith('+')) return undefined
    const whole = Buffer.from(this.begun)
    this.begun = ''
    return super.apply(index, term, whole)
  }
}

const piece = (text: string): EntryPiece => ({ data: Buffer.from(text), extensions: Buffer.of(1) })

/** Cuts commands that are lists; the rest stays whole. */
const encoder = {
  encode: (_name: string, command: unknown) => Buffer.from(String(command)),
  pieces: (_name: string, data: Buffer) => {
    const words = data.toString().split(',')
    return words.length > 1 ? words.map(piece) : undefined
  },
} as unknown as CommandEncoder

async function startServer() {
  const machine = new JoiningMachine()
  const server = await startDriver({ machine })
  const consensus = new RaftConsensus(encoder, server.clock, seededRandom(1))
  consensus.attach(server.driver)
  const propose = (command: string) => consensus.propose('TestPieces' as never, command as never)
  await until(() => server.told.includes('leads 2'))
  return { ...server, machine, propose }
}

test('a large command stands in the log in pieces, one behind the other, and settles with the last', async () => {
  const { driver, options, machine, propose } = await startServer()
  const settled = await Promise.all([propose('x'), propose('a+,b+,c'), propose('y')])
  expect(settled).toEqual(['3: x', '6: a+b+c', '7: y'])
  expect(machine.items).toEqual(['x', 'a+b+c', 'y'])
  const logged = await options.store.read(3, 7, 1e6)
  expect(logged.map(({ data, extensions }) => `${data}${extensions === null ? '' : ' (piece)'}`)).toEqual([
    'x',
    'a+ (piece)',
    'b+ (piece)',
    'c (piece)',
    'y',
  ])
  await driver.stop()
})

test('one without a result is to be sent again: a piece of it was lost', async () => {
  const { driver, propose } = await startServer()
  await expect(propose('a+,b+')).rejects.toThrow('please resubmit call for rechunking')
  await driver.stop()
})

test('none of the pieces goes into the log of a server that does not lead', async () => {
  const { driver, options } = await startDriver({ bootstrap: undefined })
  await expect(driver.proposeTogether([piece('a+'), piece('b')])).rejects.toThrow('No cluster leader')
  expect(await options.store.read(1, 9, 1e6)).toEqual([])
  await driver.stop()
})
