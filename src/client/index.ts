/** A client of the HTTP API of an agent: what programs import as `proconsul/client`. */
export { type ClientSurroundings, ConsulClient } from './client.ts'
export {
  AgentUnreachableError,
  ClientSettingError,
  UnexpectedResponseError,
  UnreadableAnswerError,
} from './errors.ts'
export type { FireOptions, UserEvent } from './event.ts'
export type { DeleteOptions, PutOptions } from './kv.ts'
export { acquireLock, type Holding, type LockOptions } from './lock.ts'
export { ContendedError, LockConflictError, SemaphoreLimitError } from './lock-errors.ts'
export type { AutopilotState, KeyringOptions } from './operator.ts'
export type { Read, ReadMeta, ReadOptions, WriteOptions } from './query.ts'
export { acquireSemaphore } from './semaphore.ts'
export { type KeptSession, keepSession } from './session-keeper.ts'
export type { ClientSettings } from './settings.ts'
export type { Answer, Query, Request } from './transport.ts'
export type * from './types.ts'
export { type Change, type WatchOptions, type WatchPlan, watch } from './watch.ts'
