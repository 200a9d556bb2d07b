import { describe, expect, test } from 'vitest'
import { type Claim, lanVeto, wanVeto } from './vetoes.ts'

const own = { name: 'node-a', id: 'id-a', datacenter: 'dc1', segment: '' }
const server = { role: 'consul', dc: 'dc1', segment: '', id: 'id-b', vsn: '2', port: '8300', build: '1.10.12:' }
const claim = (name: string, tags: Record<string, string>, left = false): Claim => ({ name, tags, left })

describe('the LAN pool', () => {
  test('takes servers and clients of its datacenter', () => {
    expect(lanVeto(own, [claim('b', server), claim('c', { role: 'node', dc: 'dc1', id: 'id-c' })])).toBeUndefined()
  })

  test('takes a member that has no role, whatever datacenter it names', () => {
    expect(lanVeto(own, [claim('s', {}), claim('t', { role: 'web', dc: 'elsewhere' })])).toBeUndefined()
  })

  test.for([
    ['a server', server],
    ['a client', { role: 'node' }],
  ] as const)('refuses %s of another datacenter', ([, tags]) => {
    expect(lanVeto(own, [claim('b', { ...tags, dc: 'dc2' })])).toMatch(
      /^Member 'b' part of wrong datacenter 'dc2' \(expected 'dc1'\): correct datacenter \(-datacenter\), or the address/,
    )
  })

  test('refuses a member of another segment', () => {
    expect(lanVeto(own, [claim('b', { segment: 'alpha' })])).toBe(
      "Member 'b' part of wrong segment 'alpha' (expected '')",
    )
  })

  test('refuses another name with its own id, which a copied data directory has', () => {
    expect(lanVeto(own, [claim('b', { ...server, id: 'id-a' })])).toMatch(
      /^Member 'b' has conflicting node ID 'id-a' with this agent's ID: remove the file node-id/,
    )
    expect(lanVeto(own, [claim('node-a', { ...server, id: 'id-a' })])).toBeUndefined()
    expect(lanVeto(own, [claim('NODE-A', { ...server, id: 'id-a' })])).toBeUndefined()
  })

  test('takes another name with its own id once that one has left', () => {
    expect(lanVeto(own, [claim('b', { ...server, id: 'id-a' }, true)])).toBeUndefined()
  })

  test('refuses two members of one id', () => {
    expect(lanVeto(own, [claim('b', server), claim('c', server)])).toMatch(
      /^Member 'c' has conflicting node ID 'id-b' with member 'b': remove the file node-id/,
    )
  })
})

describe('the WAN pool', () => {
  test('takes servers of any datacenter and nobody else', () => {
    expect(wanVeto([claim('b.dc1', server), claim('c.dc2', { ...server, dc: 'dc2' })])).toBeUndefined()
    expect(wanVeto([claim('c.dc1', { role: 'node', dc: 'dc1' })])).toBe("Member 'c.dc1' is not a server")
    expect(wanVeto([claim('s', {})])).toBe("Member 's' is not a server")
  })
})
