import { bytes, type Infer, int, list, map, opaque, optional, struct, text, time } from '../schema.ts'
import { ServiceName } from './catalog.ts'
import { raftIndex } from './query.ts'

/** Who may connect to whom. Permissions are passed on unread: only the service mesh looks inside. */
export const Intention = struct('Intention', {
  ID: text(),
  Description: text(),
  SourceNS: text(),
  SourceName: text(),
  DestinationNS: text(),
  DestinationName: text(),
  SourceType: text(),
  Action: text(),
  Permissions: list(opaque()),
  DefaultAddr: text({ omitEmptyOnWire: true }),
  DefaultPort: int({ omitEmptyOnWire: true }),
  Meta: map(text()),
  Precedence: int(),
  CreatedAt: time(),
  UpdatedAt: time(),
  Hash: bytes(),
  ...raftIndex,
})
export type Intention = Infer<typeof Intention>

/** An edit of the intentions of one destination. */
export const IntentionMutation = struct('IntentionMutation', {
  ID: text(),
  Destination: ServiceName,
  Source: ServiceName,
  Value: optional(opaque()),
})
export type IntentionMutation = Infer<typeof IntentionMutation>
