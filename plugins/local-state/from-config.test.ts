import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../src/config/sources.ts'
import type { ConfigObject } from '../../src/kernel/config-tree.ts'
import { ConfiguredDefinitions } from './configured-definitions.ts'
import { readDefinitions } from './from-config.ts'
import { localAgent } from './local-agent.fixture.ts'

const knows = (type: string) => ['ttl', 'http', 'tcp', 'disk'].includes(type)

function optionsOf(text: string, format: 'hcl' | 'json' = 'hcl') {
  const tree: ConfigObject = parseConfig(text, 'agent.hcl', format)
  const node = (key: string) => tree.entries.get(key)?.value
  return { service: node('service'), services: node('services'), check: node('check'), checks: node('checks') }
}
const read = (text: string, format: 'hcl' | 'json' = 'hcl') => readDefinitions(optionsOf(text, format), knows)

describe('definitions in configuration', () => {
  test('are blocks and lists, once and repeated', () => {
    const { services, checks } = read(`
      service { name = "one"  tags = ["a"]  meta { k = "v" }  check { ttl = "5s" } }
      service {
        name = "two"
        tagged_addresses { lan { address = "192.0.2.1"  port = 5 } }
        checks = [{ ttl = "5s" }, { http = "http://x/"  interval = "10s"  header { X-Foo = ["bar"] } }]
      }
      services = [{ name = "three" }]
      check { name = "node"  ttl = "1h" }
      checks = [{ id = "room"  name = "room"  disk { path = "/" }  interval = "5s" }]
    `)
    expect(services.map(({ request }) => [request.service.ID, request.checks.length])).toEqual([
      ['one', 1],
      ['two', 2],
      ['three', 0],
    ])
    expect(services[0]!.request.service).toMatchObject({ Tags: ['a'], Meta: { k: 'v' } })
    expect(services[1]!.request.service.TaggedAddresses).toEqual({ lan: { Address: '192.0.2.1', Port: 5 } })
    expect(services[1]!.request.checks[1]!.row.Header).toEqual({ 'X-Foo': ['bar'] })
    expect(checks.map(({ request }) => [request.definition.Name, request.type])).toEqual([
      ['node', 'ttl'],
      ['room', 'disk'],
    ])
  })

  test('may be JSON', () => {
    const { services } = read('{"services":[{"name":"web","port":80,"checks":[{"ttl":"1h"}]}]}', 'json')
    expect(services[0]!.request).toMatchObject({ service: { Port: 80 }, checks: [{ row: { TTL: 3600e9 } }] })
  })

  test.for([
    ['service { port = 80 }', 'agent.hcl:1:9: service: Missing service name; correct the definition'],
    ['\n\ncheck { name = "c" }', 'agent.hcl:3:7: check: Invalid check: TTL must be > 0 for TTL checks; correct'],
    ['service { name = "w"  prot = 80 }', 'agent.hcl:1:9: service: field "prot" is not known here; correct'],
    ['service { name = "w"  check { ttl = "5 s" } }', 'agent.hcl:1:9: service: time: unknown unit " s" in duration'],
    ['service = "web"', 'agent.hcl:1:11: service: must be a block'],
  ])('%j is refused with its place', ([text, message]) => {
    expect(() => read(text!)).toThrow(message)
  })
})

describe('a reload', () => {
  test('registers what is new and removes what was configured before', async () => {
    const { registrations, registrar } = localAgent()
    const configured = new ConfiguredDefinitions({ registrations, registrar, knows, sidecarPorts: { min: 1, max: 9 } })
    await configured.apply(optionsOf('service { name = "a"  check { ttl = "1s" } }  check { name = "n"  ttl = "1s" }'))
    await registrar.registerService(
      { service: { ...registrations.services.get('a')!.service, ID: 'mine' }, checks: [] },
      { source: 'api' },
    )
    await configured.apply(optionsOf('service { name = "b" }'))
    expect([...registrations.services.keys()]).toEqual(['mine', 'b'])
    expect([...registrations.checks.keys()]).toEqual([])
  })

  test('with a mistake changes nothing', async () => {
    const { registrations, registrar } = localAgent()
    const configured = new ConfiguredDefinitions({ registrations, registrar, knows, sidecarPorts: { min: 1, max: 9 } })
    await configured.apply(optionsOf('service { name = "a" }'))
    await expect(configured.apply(optionsOf('service { name = "b" } service { }'))).rejects.toThrow(
      'Missing service name',
    )
    expect([...registrations.services.keys()]).toEqual(['a'])
  })
})
