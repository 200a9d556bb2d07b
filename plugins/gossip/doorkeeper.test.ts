import { describe, expect, test } from 'vitest'
import { readNetworks } from '../../src/config/networks.ts'
import { consulVersions } from './core/versions.ts'
import { Doorkeeper, type DoorkeeperSetup } from './doorkeeper.ts'
import { encodeTags } from './serf/tags.ts'

const client = { role: 'node', dc: 'dc1', segment: '', id: 'id-b' }
const own = { name: 'a', id: 'id-a', datacenter: 'dc1', segment: '' }

function doorkeeper(changes: Partial<DoorkeeperSetup> = {}): Doorkeeper {
  return new Doorkeeper({ pool: 'lan', own, allowed: undefined, judge: undefined, ...changes })
}

const node = (name: string, tags: Record<string, string>) => ({
  name,
  address: '10.0.0.2',
  port: 8301,
  meta: encodeTags(tags),
  vsn: consulVersions,
  incarnation: 1,
  state: 'alive' as const,
})
const alive = (name: string, tags: Record<string, string>) => ({
  ...node(name, tags),
  type: 'alive' as const,
  node: name,
})

describe('who may be a member', () => {
  test('is judged by tags, one by one and as a list', () => {
    expect(doorkeeper().vetoAlive(alive('b', client))).toBeUndefined()
    expect(doorkeeper().vetoAlive(alive('b', { ...client, dc: 'dc2' }))).toMatch(/wrong datacenter 'dc2'/)
    expect(doorkeeper().vetoMerge([node('b', client), node('c', client)])).toMatch(/conflicting node ID/)
    expect(doorkeeper({ pool: 'wan' }).vetoAlive(alive('b.dc1', client))).toBe("Member 'b.dc1' is not a server")
  })

  test('must have tags that can be read', () => {
    const meta = Buffer.from([0xff, 0xc1])
    expect(doorkeeper().vetoAlive({ ...alive('b', client), meta })).toBe("Member 'b' has tags that cannot be read")
  })

  test('must have an address in an allowed network', () => {
    const guarded = doorkeeper({ allowed: readNetworks('serf_lan_allowed_cidrs', ['10.1.0.0/16']) })
    expect(guarded.vetoAlive(alive('b', client))).toMatch(
      /10\.0\.0\.2:8301, which serf_lan_allowed_cidrs does not allow/,
    )
    expect(guarded.vetoAlive({ ...alive('b', client), address: '10.1.0.2' })).toBeUndefined()
  })

  test('is up to the plugins too, whose throw is a reason', () => {
    const strict = doorkeeper({ judge: ({ member }) => (member.tags.rack === 'r1' ? undefined : 'not of our rack') })
    expect(strict.vetoAlive(alive('b', { ...client, rack: 'r1' }))).toBeUndefined()
    expect(strict.vetoMerge([node('b', { ...client, rack: 'r1' }), node('c', {})])).toBe('not of our rack')
    const broken = doorkeeper({
      judge: () => {
        throw new Error('a bug')
      },
    })
    expect(broken.vetoAlive(alive('b', client))).toBe('a bug')
  })
})
