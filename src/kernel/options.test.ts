import { describe, expect, expectTypeOf, test } from 'vitest'
import type { ConfigNode } from './config-tree.ts'
import { type OptionDeclarations, type OptionValues, optionKey } from './options.ts'

function definePlugin<const D extends OptionDeclarations>(plugin: {
  options: D
  setup(options: OptionValues<D>): void
}): typeof plugin {
  return plugin
}

describe('an option declaration', () => {
  test('types the value that setup receives', () => {
    definePlugin({
      options: {
        port: { type: 'port', key: 'ports.dns', default: 8600, help: 'DNS.' },
        level: { type: 'text', choices: ['debug', 'info'], default: 'info', help: 'Level.' },
        name: { type: 'text', help: 'Name.' },
        ttl: { type: 'duration', default: '0s', help: 'TTL.' },
        joins: { type: 'list', help: 'Whom.' },
        meta: { type: 'map', help: 'Notes.' },
        leaveOnStop: { type: 'boolean', help: 'Leave.' },
        client: { type: 'addresses', default: '127.0.0.1', help: 'Where.' },
        service: { type: 'any', help: 'Service.' },
      },
      setup(options) {
        expectTypeOf(options.port).toEqualTypeOf<number>()
        expectTypeOf(options.level).toEqualTypeOf<'debug' | 'info'>()
        expectTypeOf(options.name).toEqualTypeOf<string | undefined>()
        expectTypeOf(options.ttl).toEqualTypeOf<number>()
        expectTypeOf(options.joins).toEqualTypeOf<readonly string[]>()
        expectTypeOf(options.meta).toEqualTypeOf<Readonly<Record<string, string>>>()
        expectTypeOf(options.leaveOnStop).toEqualTypeOf<boolean | undefined>()
        expectTypeOf(options.client).toEqualTypeOf<readonly string[]>()
        expectTypeOf(options.service).toEqualTypeOf<ConfigNode | undefined>()
        // @ts-expect-error an option that was not declared
        options.prot
      },
    })
  })

  test('without a key of its own lives under its plugin, in snake case', () => {
    expect(optionKey('ntp', 'maxOffset', { type: 'duration', help: '' })).toBe('plugins.ntp.max_offset')
    expect(optionKey('dns', 'port', { type: 'port', key: 'ports.dns', help: '' })).toBe('ports.dns')
  })
})
