import type { HealthCheck, NodeService } from '../wire/structs/catalog.ts'
import { NodeService as NodeServiceStruct } from '../wire/structs/catalog.ts'

/**
 * Equal as Consul's `reflect.DeepEqual`: nil and empty differ, the order of map keys does not count. All servers must
 * agree on what is equal, because an equal row is not written and moves no index.
 */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, at) => sameValue(item, b[at]))
  }
  if (Array.isArray(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameEntry(a, b, key))
}

const notCompared: readonly string[] = ['LocallyRegisteredAsSidecar', 'CreateIndex', 'ModifyIndex']
const serviceFields = NodeServiceStruct.fields.map(({ name }) => name).filter((name) => !notCompared.includes(name))

export function sameService(a: NodeService, b: NodeService): boolean {
  return serviceFields.every((field) => sameEntry(a, b, field))
}

// What a check runs every how often is not among them: such a change alone is not written.
const checkFields = [
  'Node',
  'CheckID',
  'Name',
  'Status',
  'Notes',
  'Output',
  'ServiceID',
  'ServiceName',
  'ServiceTags',
  'Definition',
] as const satisfies (keyof HealthCheck)[]

export function sameCheck(a: HealthCheck, b: HealthCheck): boolean {
  return checkFields.every((field) => sameValue(a[field], b[field]))
}

function sameEntry(a: object, b: object, key: string): boolean {
  return sameValue((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])
}
