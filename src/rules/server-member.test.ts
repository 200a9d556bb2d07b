import { describe, expect, test } from 'vitest'
import { fingerprintTag, readServerMember } from './server-member.ts'

const tags = {
  role: 'consul',
  dc: 'dc1',
  id: 'a0000000-0000-4000-8000-000000000001',
  port: '8300',
  vsn: '2',
  vsn_min: '2',
  vsn_max: '3',
  build: '1.10.12:f1a2b3c4',
  raft_vsn: '3',
  segment: '',
  acls: '0',
  wan_join_port: '8302',
  ft_fs: '1',
  ft_si: '1',
}

describe('the tags of a server', () => {
  test('say where it is and what it can do', () => {
    expect(readServerMember('web-1', tags)).toEqual({
      name: 'web-1',
      id: 'a0000000-0000-4000-8000-000000000001',
      datacenter: 'dc1',
      port: 8300,
      version: '1.10.12',
      protocol: 2,
      bootstrap: false,
      expect: 0,
      nonVoter: false,
      readReplica: false,
      usesTls: false,
      wanJoinPort: 8302,
      raftVersion: 3,
      segment: '',
      features: { fs: 1, si: 1 },
      fingerprint: undefined,
    })
    expect(readServerMember('web-1', { ...tags, [fingerprintTag]: '0f' })?.fingerprint).toBe('0f')
  })

  test('in the WAN pool go with a name that has the datacenter taken off', () => {
    expect(readServerMember('web-1.dc1', tags)?.name).toBe('web-1')
  })

  test('flags count by being there, whatever their value', () => {
    expect(readServerMember('a', { ...tags, bootstrap: '', expect: '3', use_tls: '0' })).toMatchObject({
      bootstrap: true,
      expect: 3,
      usesTls: true,
    })
  })

  test.for([
    ['of a client agent', { role: 'node' }],
    ['without a role', { role: undefined }],
    ['with a port that is no number', { port: 'many' }],
    ['without a protocol', { vsn: undefined }],
    ['with a build that has no x.y.z in it', { build: 'dev' }],
    ['with an expect that is no number', { expect: '' }],
    ['with a wan_join_port that is no number', { wan_join_port: 'x' }],
    ['with a raft_vsn that is no number', { raft_vsn: '3.0' }],
    ['with a feature that is no number', { ft_new: 'yes' }],
    ['with a segment listener that has no port', { sl_alpha: '10.0.0.1' }],
    ['that name only gRPC ports which are off', { grpc_port: '-1' }],
  ] as const)('%s are those of no server', ([, change]) => {
    const changed = Object.fromEntries(
      Object.entries({ ...tags, ...change }).filter(([, value]) => value !== undefined),
    )
    expect(readServerMember('a', changed as Record<string, string>)).toBeUndefined()
  })
})
