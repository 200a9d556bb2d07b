import { describe, expect, test } from 'vitest'
import { FilterError } from './errors.ts'
import type { FieldDescription } from './field-description.ts'
import * as fields from './fields.ts'
import { compileFilter } from './filter.ts'
import recorded from './recorded-cases.json' with { type: 'json' }

/**
 * Every filtered request of the recordings of Consul 1.10.12: the rows it kept, rows of the same list it left out, or
 * its refusal. Rows are without indexes, definitions and zero values.
 */
interface RecordedCase {
  case: string
  shape: string
  filter: string
  kept?: unknown[]
  dropped?: unknown[]
  status?: number
  text?: string
  textPattern?: string
}

const shapes: Readonly<Record<string, FieldDescription>> = {
  node: fields.nodeFields,
  nodeService: fields.nodeServiceFields,
  serviceNode: fields.serviceNodeFields,
  agentService: fields.agentServiceFields,
  agentCheck: fields.agentCheckFields,
  healthCheck: fields.healthCheckFields,
  checkServiceNode: fields.checkServiceNodeFields,
  nodeInfo: fields.nodeInfoFields,
  intention: fields.intentionFields,
}
const all: readonly RecordedCase[] = recorded
const accepted = all.filter(({ status }) => status === undefined)
const refused = all.filter(({ status }) => status !== undefined)

describe('the filters Consul was recorded with', () => {
  test.for(accepted)('$case: $filter keeps what Consul kept', ({ shape, filter, kept = [], dropped = [] }) => {
    const keeps = compileFilter(filter, shapes[shape]!)
    expect([...kept, ...dropped].filter(keeps)).toEqual(kept)
  })

  test.for(refused)('$case: $filter is refused as Consul does', ({ shape, filter, status, text, textPattern }) => {
    const refusal = refusalOf(filter, shapes[shape]!)
    expect(refusal.status).toBe(status)
    if (text !== undefined) expect(refusal.message).toBe(text)
    else expect(refusal.message).toMatch(new RegExp(textPattern!))
  })

  test('are many, and some are refused', () => {
    expect(accepted.length).toBeGreaterThan(50)
    expect(refused.length).toBeGreaterThan(7)
  })
})

function refusalOf(filter: string, shape: FieldDescription): FilterError {
  try {
    compileFilter(filter, shape)
  } catch (error) {
    if (error instanceof FilterError) return error
    throw error
  }
  throw new Error(`${filter} was not refused`)
}
