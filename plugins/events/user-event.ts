import { bytes, type Infer, int, struct, text } from '../../src/wire/schema.ts'

/** An event that somebody fired, as clients see it. */
export const UserEvent = struct('UserEvent', {
  ID: text(),
  Name: text(),
  Payload: bytes(),
  /** Regular expressions (RE2): agents whose node, services and tags they fit keep the event. Empty fits all. */
  NodeFilter: text(),
  ServiceFilter: text(),
  TagFilter: text(),
  Version: int(),
  LTime: int(),
})
/** `LTime` is gossip's logical time of the event, 0 in the answer to who fired it. */
export type UserEvent = Infer<typeof UserEvent>
