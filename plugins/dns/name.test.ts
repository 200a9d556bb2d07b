import { describe, expect, test } from 'vitest'
import { type Asked, readName, serviceOf } from './name.ts'
import { parseZone } from './zone.ts'

const zones = [parseZone('consul', 'domain'), parseZone('deep.consul', 'alt_domain')]

function read(name: string, isSrv = false): Asked {
  return readName(name === '' ? [] : name.split('.'), isSrv, zones, (label) => label === 'custom')
}

describe('the name of a question', () => {
  test.for([
    ['web.service.consul', 'service', ['web'], []],
    ['V1.Web.Service.DC2.Consul', 'service', ['V1', 'Web'], ['dc2']],
    ['dot.ted.node.dc1.consul', 'node', ['dot', 'ted'], ['dc1']],
    ['_web._tcp.service.consul', 'service', ['_web', '_tcp'], []],
    ['node.consul', 'node', [], []],
    ['node.service.consul', 'service', ['node'], []],
    ['web.custom.consul', 'custom', ['web'], []],
    ['a.b.node.too.deep2.consul', 'node', ['a', 'b'], ['too', 'deep2']],
  ] as const)('%s is of kind %s', ([name, word, labels, suffix]) => {
    expect(read(name)).toMatchObject({ place: 'zone', zone: { name: 'consul' }, kind: { word, labels, suffix } })
  })

  test('may leave out the kind when it is asked for SRV and begins with an underscore', () => {
    expect(read('_web._tcp.consul', true)).toMatchObject({ kind: { word: 'service', labels: ['_web', '_tcp'] } })
    expect(read('_web._tcp.dc1.consul', true)).toMatchObject({ kind: { labels: ['_web', '_tcp'], suffix: ['dc1'] } })
    expect(read('_web._tcp.consul')).toMatchObject({ place: 'zone', kind: undefined })
  })

  test('belongs to the zone that is nearest to it', () => {
    expect(read('web.service.DEEP.consul')).toMatchObject({ zone: { name: 'deep.consul' }, kind: { suffix: [] } })
    expect(read('consul')).toMatchObject({ place: 'zone', kind: undefined })
  })

  test.for(['', 'com', 'notconsul', 'web.service.consul.com'])('"%s" is of nobody here', (name) => {
    expect(read(name)).toEqual({ place: 'elsewhere' })
  })

  test('in every other zone is ours when the domain is the root', () => {
    const asked = readName(['web', 'service'], false, [parseZone('.', 'domain')], () => false)
    expect(asked).toMatchObject({ place: 'zone', zone: { name: '' }, kind: { word: 'service', labels: ['web'] } })
  })

  test.for([
    ['11.2.0.192.in-addr.ARPA', '192.0.2.11'],
    [`${'6.0.0.0.'.padEnd(48, '0.')}8.b.d.0.1.0.0.2.ip6.arpa`, '2001:db8::6'],
    ['2.0.192.in-addr.arpa', undefined],
    ['011.2.0.192.in-addr.arpa', undefined],
    ['256.2.0.192.in-addr.arpa', undefined],
    ['x.ip6.arpa', undefined],
    ['arpa', undefined],
  ])('%s asks for the name of an address: %s', ([name, address]) => {
    expect(read(name!)).toEqual({ place: 'reverse', address })
  })

  test('tells the service that is asked for', () => {
    expect(serviceOf(['_Web', '_v1'])).toBe('web')
    expect(serviceOf(['v1', 'Web'])).toBe('web')
    expect(serviceOf(['_a', '_b', '_c'])).toBe('_c')
  })
})

describe('a domain', () => {
  test('may have capitals and a dot at its end', () => {
    expect(parseZone('My.Zone.', 'domain')).toEqual({ name: 'my.zone', labels: ['my', 'zone'] })
  })

  test.for(['two words', '-a', 'a..b', 'a'.repeat(64), '.x'])('"%s" is none', (text) => {
    expect(() => parseZone(text, 'alt_domain')).toThrow(/^alt_domain: /)
  })
})
