import type { Field } from './compile.ts'
import type { Kind } from './kind.ts'

/** What JSON values of a kind look like, for documents: schemas are drawn from it. */
export type Shape =
  | { readonly type: 'text' | 'bytes' | 'boolean' | 'number' | 'time' | 'any' }
  | { readonly type: 'integer'; readonly signed: boolean }
  | { readonly type: 'duration'; readonly as: 'nanoseconds' | 'text' }
  // biome-ignore lint/suspicious/noExplicitAny: stands for kinds of every type
  | { readonly type: 'list' | 'map' | 'optional'; readonly of: Kind<any> }
  | { readonly type: 'struct'; readonly name: string; readonly fields: readonly Field[] }
