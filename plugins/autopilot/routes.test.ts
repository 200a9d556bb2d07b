import { expect, test } from 'vitest'
import { askRoute } from '../../src/testing/ask-route.ts'
import type { Rpc } from '../rpc/contract.ts'
import { autopilotRoutes } from './routes.ts'

/** The ModifyIndex that a change of the settings is bound to. */
async function expectedIndex(cas: string): Promise<number | undefined> {
  let index: number | undefined
  const call = async (_method: unknown, { Config, CAS }: { Config: { ModifyIndex: number }; CAS: boolean }) => {
    if (CAS) index = Config.ModifyIndex
    return true
  }
  const routes = autopilotRoutes({ call } as unknown as Rpc)
  await askRoute(routes, 'PUT', `/v1/operator/autopilot/configuration?cas=${cas}`, { body: '{}' })
  return index
}

test.for([
  ['0', 0],
  ['17', 17],
  ['9007199254740993', Number.MAX_SAFE_INTEGER],
  ['18446744073709551615', Number.MAX_SAFE_INTEGER],
] as const)('cas=%s is an index', async ([text, index]) => {
  expect(await expectedIndex(text)).toBe(index)
})

test.for([
  ['', 'invalid syntax'],
  ['-1', 'invalid syntax'],
  ['1e3', 'invalid syntax'],
  ['18446744073709551616', 'value out of range'],
  ['9'.repeat(5000), 'value out of range'],
] as const)('cas=%s is refused', async ([text, reason]) => {
  await expect(expectedIndex(text)).rejects.toThrow(
    `Bad request: Error parsing cas value: strconv.ParseUint: parsing "${text}": ${reason}`,
  )
})
