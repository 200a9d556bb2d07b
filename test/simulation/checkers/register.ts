import type { Found } from '../client-port.ts'
import { checkLinearizable, type Model, type Operation, partition, type Verdict } from './linearizable.ts'

/**
 * One key of the store as clients see it. Every value is written once only, so a value stands for the ModifyIndex that it has, and
 * a check-and-set is told by the value it expects (undefined: that there is none).
 */
export type RegisterInput =
  | { readonly key: string; readonly op: 'set'; readonly value: string }
  | { readonly key: string; readonly op: 'cas'; readonly expected: string | undefined; readonly value: string }
  | { readonly key: string; readonly op: 'delete' }
  | { readonly key: string; readonly op: 'delete-cas'; readonly expected: string | undefined }
  | { readonly key: string; readonly op: 'read' }

/** What was answered: whether the condition held, or the value that was found. */
export type RegisterOutput =
  | { readonly done: true }
  | { readonly held: boolean }
  | { readonly value: string | undefined }

export type RegisterOperation = Operation<RegisterInput, RegisterOutput>

type Value = string | undefined
/** No value of a client's is spelled so. */
const unseen = '(unseen)'

export function contentOf(found: Found): Value {
  return found?.value
}

/** A register with check-and-set. A key that is gone already counts as deleted whatever was expected, as in Consul. */
export const register: Model<Value, RegisterInput, RegisterOutput> = {
  initial: undefined,

  step(state, input, output) {
    switch (input.op) {
      case 'set':
        return { state: input.value }
      case 'delete':
        return { state: undefined }
      case 'read':
        return output === undefined || ('value' in output && output.value === state) ? { state } : undefined
      case 'cas':
        return conditional(state, state === input.expected, input.value, output)
      case 'delete-cas':
        return conditional(state, state === undefined || state === input.expected, undefined, output)
    }
  },

  onlyLooks: (input, output) => input.op === 'read' || ('held' in output && !output.held),

  key: (state) => state ?? '',

  inputKey: (input) => {
    const { op } = input
    const expected = 'expected' in input ? (input.expected ?? '') : ''
    return `${op} ${expected} ${'value' in input ? input.value : ''}`
  },
}

/**
 * The history with one name for all values that nobody saw or expected. Nothing can tell them apart, so nothing changes for the
 * verdict, but the writes that were never answered become few different ones, and the search is spared their orders.
 */
export function withoutUnseen(history: readonly RegisterOperation[]): RegisterOperation[] {
  const seen = new Set<Value>()
  for (const { input, output } of history) {
    if ('expected' in input) seen.add(input.expected)
    if (output !== undefined && 'value' in output) seen.add(output.value)
  }
  return history.map((operation) => {
    const { input } = operation
    if (!('value' in input) || seen.has(input.value)) return operation
    return { ...operation, input: { ...input, value: unseen } }
  })
}

/** What the history of each key is. */
export function checkRegisters(history: readonly RegisterOperation[]): Map<string, Verdict> {
  const verdicts = new Map<string, Verdict>()
  for (const [key, operations] of partition(history, (input) => input.key)) {
    verdicts.set(key, checkLinearizable(withoutUnseen(operations), register))
  }
  return verdicts
}

function conditional(state: Value, holds: boolean, after: Value, output: RegisterOutput | undefined) {
  if (output !== undefined && (!('held' in output) || output.held !== holds)) return undefined
  return { state: holds ? after : state }
}
