import { expect, test } from 'vitest'
import type { OptionOwner } from '../kernel/options.ts'
import { loadConfiguration } from './load.ts'
import { planReload } from './reload.ts'
import { systemReader } from './sources.ts'

const owner = {
  name: 'x',
  options: {
    level: { type: 'text', key: 'log_level', default: 'info', reloadable: true, help: '' },
    port: { type: 'port', key: 'ports.dns', default: 8600, help: '' },
    meta: { type: 'map', key: 'node_meta', reloadable: true, help: '' },
    service: { type: 'any', key: 'service', reloadable: true, help: '' },
  },
} as const satisfies OptionOwner

const load = (hcl: string) => loadConfiguration({ fragments: [hcl], owners: [owner], reader: systemReader })

test('a reload takes over what may change and names what waits for a restart', () => {
  const before = load('service { name = "a" }')
  const after = load('log_level = "debug" ports { dns = 53 } service { name = "b" }')
  const { values, changed, needRestart } = planReload(before, after, [owner])
  expect(values.get('x')).toMatchObject({ level: 'debug', port: 8600 })
  expect(values.get('x')?.service).toBe(after.valuesOf(owner).service)
  expect(changed).toEqual(['log_level', 'service'])
  expect(needRestart).toEqual(['ports.dns'])
})

test('a file that only looks different changes nothing', () => {
  const before = load('service { name = "a" } node_meta { a = "1" b = "2" }')
  const after = load('# moved\n\nnode_meta { b = "2" a = "1" }\nservice {\n  name = "a"\n}')
  expect(planReload(before, after, [owner])).toMatchObject({ changed: [], needRestart: [] })
})
