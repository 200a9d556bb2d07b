// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HIL's interpolations look like that
import { describe, expect, test } from 'vitest'
import { PreparedQuery } from '../../src/wire/structs/prepared-query.ts'
import { compileTemplate } from './template.ts'

function template(fields: Record<string, unknown>): PreparedQuery {
  return PreparedQuery.fromJson({ Name: 'geo-', Template: { Type: 'name_prefix_match' }, ...fields })
}

describe('a query template', () => {
  test('fills in every text of its service, and nothing else', () => {
    const make = compileTemplate(
      template({
        Template: { Type: 'name_prefix_match', Regexp: '^geo-(.*?)-([^\\-]+?)$' },
        Service: {
          Service: '${match(1)}',
          Near: '${agent.segment}x',
          Tags: ['${match(2)}', '${match(9)}'],
          IgnoreCheckIDs: ['${name.full}'],
          Failover: { Datacenters: ['${name.suffix}'] },
          NodeMeta: { '${name.full}': '${name.prefix}' },
          ServiceMeta: { a: '${match(0)}' },
        },
        DNS: { TTL: '${name.full}' },
      }),
    )
    const { Service, DNS, Name } = make('geo-web-v1', 'seg')
    expect(Service).toEqual({
      Service: 'web',
      Failover: { NearestN: 0, Datacenters: ['web-v1'] },
      OnlyPassing: false,
      IgnoreCheckIDs: ['geo-web-v1'],
      Near: 'segx',
      Tags: ['v1', ''],
      NodeMeta: { '${name.full}': 'geo-' },
      ServiceMeta: { a: 'geo-web-v1' },
      Connect: false,
    })
    expect([Name, DNS.TTL]).toEqual(['geo-', '${name.full}'])
  })

  test('leaves out tags that came to nothing when it says so', () => {
    const make = compileTemplate(
      template({
        Template: { Type: 'name_prefix_match', RemoveEmptyTags: true },
        Service: { Service: 'web', Tags: ['${match(1)}', 'a'] },
      }),
    )
    expect(make('geo-x', '').Service.Tags).toEqual(['a'])
  })

  test('keeps lists that are nil as they are', () => {
    const { Service } = compileTemplate(template({ Service: { Service: '${name.suffix}' } }))('geo-web', '')
    expect([Service.Service, Service.Tags, Service.NodeMeta]).toEqual(['web', null, null])
  })

  test.for<[Record<string, unknown>, string]>([
    [{ Template: { Type: 'nope' } }, "Bad Template.Type 'nope'"],
    [
      { Template: { Type: 'name_prefix_match', Regexp: '(' } },
      'Bad Regexp: error parsing regexp: missing closing ): `(`',
    ],
    [{ Service: { Service: '${' } }, "Bad format '${' in Service.Service: parse error at 1:3"],
    [{ Service: { Service: 'a', Tags: ['b', '${'] } }, "Bad format '${' in Service.Tags[1]: "],
    [{ Service: { Service: '${nope}' } }, "Bad evaluation for '${nope}' in Service.Service: unknown variable"],
  ])('with a mistake is refused (%#)', ([fields, sentence]) => {
    expect(() => compileTemplate(template(fields))).toThrow(sentence)
  })
})
