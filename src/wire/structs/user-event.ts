import { bytes, type Infer, struct, text } from '../schema.ts'
import { queryMeta, queryOptions } from './query.ts'

/** Asks a server to send an event to every agent of its datacenter; `Payload` as it travels in gossip. */
export const EventFireRequest = struct('EventFireRequest', {
  Datacenter: text(),
  Name: text(),
  Payload: bytes(),
  ...queryOptions,
})
export type EventFireRequest = Infer<typeof EventFireRequest>

export const EventFireResponse = struct('EventFireResponse', queryMeta)
export type EventFireResponse = Infer<typeof EventFireResponse>
