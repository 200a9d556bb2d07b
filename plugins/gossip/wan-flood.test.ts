import { describe, expect, test } from 'vitest'
import { type Member, memberStatus } from './contract.ts'
import { missingInWan } from './wan-flood.ts'

const versions = { min: 1, max: 5, current: 2 }

function server(name: string, changes: Partial<Member> & { readonly tag?: Record<string, string> } = {}): Member {
  const { tag, ...rest } = changes
  return {
    name,
    address: '10.0.0.1',
    port: 8301,
    tags: { role: 'consul', dc: 'dc1', port: '8300', vsn: '2', build: '1.10.12:', wan_join_port: '8302', ...tag },
    status: memberStatus.alive,
    protocol: versions,
    delegate: versions,
    ...rest,
  }
}

describe('servers missing in the WAN pool', () => {
  test('are met at their own address and the WAN port they name', () => {
    const lan = [server('a'), server('b', { address: '10.0.0.2', tag: { wan_join_port: '9302' } })]
    expect([...missingInWan(lan, [server('a.dc1')], 'dc1')]).toEqual([['b', '10.0.0.2:9302']])
  })

  test('are not those that are in it, alive or not', () => {
    expect(missingInWan([server('a')], [server('a.dc1', { status: memberStatus.failed })], 'dc1').size).toBe(0)
  })

  test('are still missing when another datacenter has a server of that name', () => {
    expect(missingInWan([server('a')], [server('a.dc2', { tag: { dc: 'dc2' } })], 'dc1').size).toBe(1)
  })

  test.for([
    ['clients', server('c', { tag: { role: 'node' } })],
    ['failed servers', server('c', { status: memberStatus.failed })],
    ['servers without a WAN port', server('c', { tag: { wan_join_port: '0' } })],
  ] as const)('are not %s', ([, member]) => {
    expect(missingInWan([member], [], 'dc1').size).toBe(0)
  })
})
