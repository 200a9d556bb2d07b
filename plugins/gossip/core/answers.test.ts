import { describe, expect, test } from 'vitest'
import { endpointOf, Rehearsal } from './rehearsal.ts'

const source = (node: string) => ({ ...endpointOf(node), node })
const answers = (rehearsal: Rehearsal) =>
  rehearsal.packets().flatMap(({ to, messages }) => {
    const [first] = messages
    return first && 'seqNo' in first ? [{ to, ...first }] : []
  })

describe('a ping', () => {
  test('is answered to the address it names, with the payload of the delegate', () => {
    const rehearsal = new Rehearsal()
    rehearsal.hear({ type: 'ping', seqNo: 7, node: 'a', source: source('b') }, endpointOf('c'))
    expect(answers(rehearsal)).toEqual([{ to: 'b', type: 'ack', seqNo: 7, payload: Buffer.from('here') }])
  })

  test.for([undefined, { ...source('b'), port: 0 }, { ...source('b'), address: '' }])(
    'that names no full address (%j) is answered to where it came from',
    (incomplete) => {
      const rehearsal = new Rehearsal()
      rehearsal.hear({ type: 'ping', seqNo: 7, node: '', source: incomplete }, endpointOf('c'))
      expect(answers(rehearsal)).toMatchObject([{ to: 'c', type: 'ack', seqNo: 7 }])
    },
  )

  test('for another name is not answered', () => {
    const rehearsal = new Rehearsal()
    rehearsal.hear({ type: 'ping', seqNo: 7, node: 'b', source: source('b') })
    expect(answers(rehearsal)).toEqual([])
  })
})

describe('a ping for somebody else', () => {
  const asked = (nack = true) => {
    const rehearsal = new Rehearsal({ members: 'bc' })
    rehearsal.hear({ type: 'indirectPing', seqNo: 70, node: 'c', target: endpointOf('c'), nack, source: source('b') })
    const [ping] = answers(rehearsal)
    return { rehearsal, ping: ping! }
  }

  test('goes out under a number of its own', () => {
    const { ping } = asked()
    expect(ping).toMatchObject({ to: 'c', type: 'ping', node: 'c', source: source('a') })
    expect(ping.seqNo).not.toBe(70)
  })

  test('passes the answer on under the number asked, once and without payload', () => {
    const { rehearsal, ping } = asked()
    for (const _ of [1, 2]) rehearsal.hear({ type: 'ack', seqNo: ping.seqNo, payload: Buffer.from('there') })
    expect(answers(rehearsal)).toEqual([{ to: 'b', type: 'ack', seqNo: 70, payload: Buffer.alloc(0) }])
    rehearsal.advanceTo(600)
    expect(answers(rehearsal).filter(({ type }) => type === 'nack')).toEqual([])
  })

  test('tells the asker when no answer came in time, and then takes none', () => {
    const { rehearsal, ping } = asked()
    rehearsal.advanceTo(499)
    expect(answers(rehearsal).filter(({ type }) => type === 'nack')).toEqual([])
    rehearsal.advanceTo(500)
    expect(answers(rehearsal)).toContainEqual({ to: 'b', type: 'nack', seqNo: 70 })
    rehearsal.hear({ type: 'ack', seqNo: ping.seqNo, payload: Buffer.alloc(0) })
    expect(answers(rehearsal).filter(({ type }) => type === 'ack')).toEqual([])
  })

  test('stays silent about failure where no nack is wanted', () => {
    const { rehearsal } = asked(false)
    rehearsal.advanceTo(500)
    expect(answers(rehearsal).filter(({ type }) => type === 'nack')).toEqual([])
  })

  test('without a port goes to the port of this member', () => {
    const rehearsal = new Rehearsal()
    const target = { address: '10.0.0.3', port: 0 }
    rehearsal.hear({ type: 'indirectPing', seqNo: 70, node: 'c', target, nack: false, source: source('b') })
    expect(rehearsal.effects()).toMatchObject([{ kind: 'packet', to: endpointOf('c') }])
  })

  test('is declined while a thousand others are under way', () => {
    const rehearsal = new Rehearsal()
    for (let seqNo = 1; seqNo <= 2000; seqNo += 1) {
      rehearsal.hear({ type: 'indirectPing', seqNo, node: 'c', target: endpointOf('c'), nack: false })
    }
    expect(rehearsal.packets()).toHaveLength(1024)
  })
})

test('an answer to nothing is ignored', () => {
  const rehearsal = new Rehearsal()
  rehearsal.hear({ type: 'ack', seqNo: 99, payload: Buffer.alloc(0) })
  rehearsal.hear({ type: 'nack', seqNo: 99 })
  expect(rehearsal.packets()).toEqual([])
  expect(rehearsal.delegate.events).toEqual([])
})
