import { type Kind, kind } from '../../../src/wire/schema/kind.ts'
import { bool, bytes, type Infer, index, int, list, map, optional, struct, text } from '../../../src/wire/schema.ts'
import { lTimeMax } from './lamport.ts'

/** Serf's message types (protocol/gossip.md §8): the first byte of memberlist's user messages. */
export const serfType = {
  leave: 0,
  join: 1,
  pushPull: 2,
  userEvent: 3,
  query: 4,
  response: 5,
  conflictResponse: 6,
  keyRequest: 7,
  keyResponse: 8,
  relay: 9,
} as const

/** More than any pool has or does; together with the size of a message these bound what one can make this process build. */
const membersMax = 1 << 20
const eventSlotsMax = 4096
export const eventsPerTimeMax = 256

/** A logical time; one beyond reason is refused with the message that carries it, see `lTimeMax`. */
function lTime(): Kind<number> {
  const number = index()
  return {
    ...number,
    read(reader) {
      const value = number.read(reader)
      return value > lTimeMax ? reader.fail('a logical time is out of reach') : value
    },
  }
}

const time = lTime()

/** A list that is refused with its message when it is longer than `countMax`. */
function bounded<T>(whole: Kind<readonly T[] | null>, countMax: number): Kind<readonly T[] | null> {
  return {
    ...whole,
    read(reader) {
      const start = reader.at
      if (!reader.nil() && reader.listSize() > countMax) reader.fail('a list is too long')
      reader.at = start
      return whole.read(reader)
    },
  }
}

/** A list of which only the first elements are kept, and none that is nil. */
function firstOf<T>(element: Kind<T>, countMax: number): Kind<readonly T[] | null> {
  return {
    ...list(element),
    read(reader) {
      const kept: T[] = []
      if (reader.nil()) return kept
      reader.enter()
      for (let left = reader.listSize(); left > 0; left--) {
        if (reader.nil()) continue
        if (kept.length < countMax) kept.push(element.read(reader))
        else reader.skip()
      }
      reader.leave()
      return kept
    },
  }
}

export const LeaveRecord = struct('LeaveRecord', { LTime: time, Node: text(), Prune: bool() })

export const JoinRecord = struct('JoinRecord', { LTime: time, Node: text() })

export const UserEventRecord = struct('UserEventRecord', {
  LTime: time,
  Name: text(),
  Payload: bytes(),
  CC: bool(),
})

export const QueryRecord = struct('QueryRecord', {
  LTime: time,
  ID: index(),
  Addr: bytes(),
  Port: index(),
  SourceNode: text(),
  Filters: list(bytes()),
  Flags: index(),
  RelayFactor: index(),
  /** Nanoseconds. */
  Timeout: int(),
  Name: text(),
  Payload: bytes(),
})

export const ResponseRecord = struct('ResponseRecord', {
  LTime: time,
  ID: index(),
  From: text(),
  Flags: index(),
  Payload: bytes(),
})

const DestAddr = struct('DestAddr', { IP: bytes(), Port: int(), Zone: text() })

export const RelayRecord = struct('RelayRecord', { DestAddr, DestName: text() })

export const TagFilterRecord = struct('TagFilterRecord', { Tag: text(), Expr: text() })

export const NodeFilterRecord = list(text())

/** A member, in answers to conflict queries. */
export const MemberRecord = struct('MemberRecord', {
  Name: text(),
  Addr: bytes(),
  Port: index(),
  Tags: map(text()),
  Status: int(),
  ProtocolMin: index(),
  ProtocolMax: index(),
  ProtocolCur: index(),
  DelegateMin: index(),
  DelegateMax: index(),
  DelegateCur: index(),
})

export const ConflictResponseRecord = optional(MemberRecord)

export const KeyRequestRecord = struct('KeyRequestRecord', { Key: bytes() })

export const KeyResponseRecord = struct('KeyResponseRecord', {
  Result: bool(),
  Message: text(),
  Keys: list(text()),
  PrimaryKey: text(),
})

const HeldEventRecord = struct('HeldEventRecord', { Name: text(), Payload: bytes() })

const HeldEventsRecord = struct('HeldEventsRecord', {
  LTime: time,
  Events: firstOf(HeldEventRecord, eventsPerTimeMax),
})
export type HeldEvents = Infer<typeof HeldEventsRecord>

const slots = list(optional(HeldEventsRecord))

/** The ring of recent events. Most of its slots are nil and say nothing, so a reader keeps only the others. */
const eventRing: Kind<readonly (HeldEvents | null)[] | null> = {
  ...slots,
  read(reader) {
    const held: HeldEvents[] = []
    if (reader.nil()) return held
    reader.enter()
    for (let left = reader.listSize(); left > 0; left--) {
      if (reader.nil()) continue
      if (held.length === eventSlotsMax) reader.fail('too many events')
      held.push(HeldEventsRecord.read(reader))
    }
    reader.leave()
    return held
  },
}

/** A Map in place of an object: the names of members are many, and come from outside. */
const statusTimes = kind<ReadonlyMap<string, number>>({
  zero: () => new Map(),
  isEmpty: (times) => times.size === 0,
  write(writer, times) {
    writer.mapHeader(times.size)
    for (const [name, time] of times) {
      writer.text(name)
      writer.integer(time)
    }
  },
  read(reader) {
    const times = new Map<string, number>()
    if (reader.nil()) return times
    reader.enter()
    const size = reader.mapSize()
    if (size > membersMax) reader.fail('too many members')
    for (let left = size; left > 0; left--) times.set(reader.text(), time.read(reader))
    reader.leave()
    return times
  },
  writeJson: (times) => map(time).writeJson(Object.fromEntries(times)),
  readJson: (value, cursor) => new Map(Object.entries(map(time).readJson(value, cursor) ?? {})),
})

/** One side's part of a push/pull (protocol/gossip.md §8.3). */
export const PushPullRecord = struct('PushPullRecord', {
  LTime: time,
  StatusLTimes: statusTimes,
  LeftMembers: bounded(list(text()), membersMax),
  EventLTime: time,
  Events: eventRing,
  QueryLTime: time,
})
