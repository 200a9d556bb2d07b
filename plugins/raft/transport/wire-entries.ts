import { timeFromMs, timeToMs } from '../../../src/wire/go-time.ts'
import type { Infer } from '../../../src/wire/schema.ts'
import { decodeConfiguration } from '../core/configuration.ts'
import { type AppendRequest, type Entry, type EntryType, entryType } from '../core/messages.ts'
import { RaftWireError } from './errors.ts'
import type { LogStruct } from './structs.ts'
import { checkCounters } from './wire-header.ts'

type Log = Infer<typeof LogStruct>

/** The highest number of an entry's type. 2 and 3 changed peers in old releases and mean nothing any more. */
const typeMax = entryType.configuration
/** No program sends more entries at once; Consul and we send 64. */
const entriesMax = 4096

/** An entry as it travels. Of its time the zone is not kept: nobody compares it (protocol/servers.md §18, 15). */
export function logOf({ index, term, type, data, extensions, appendedAtMs }: Entry): Log {
  return {
    Index: index,
    Term: term,
    Type: type,
    Data: data,
    Extensions: extensions,
    AppendedAt: timeFromMs(appendedAtMs),
  }
}

export function entryOf({ Index, Term, Type, Data, Extensions, AppendedAt }: Log): Entry {
  return {
    index: Index,
    term: Term,
    type: Type as EntryType,
    data: Data,
    extensions: Extensions,
    appendedAtMs: timeToMs(AppendedAt),
  }
}

/**
 * Refuses what no leader sends, so that the core may rely on it: entries follow the previous one and each other without
 * gaps, terms never fall and do not pass the leader's, and memberships can be read.
 *
 * @throws RaftWireError or ConfigurationFormatError
 */
export function checkAppend({ term, prevIndex, prevTerm, entries, commitIndex }: AppendRequest): void {
  checkCounters(term, prevIndex, prevTerm, commitIndex, prevIndex + entries.length)
  if (entries.length > entriesMax) throw new RaftWireError(`${entries.length} entries at once are too many`)
  if (prevTerm > term) throw new RaftWireError('the entry before is of a later term than the leader')
  let index = prevIndex
  let newest = prevTerm
  for (const entry of entries) {
    if (entry.index !== index + 1) throw new RaftWireError(`entry ${entry.index} does not follow entry ${index}`)
    if (entry.term < newest || entry.term > term) throw new RaftWireError(`entry ${entry.index} has a wrong term`)
    if (entry.type < 0 || entry.type > typeMax) {
      throw new RaftWireError(`entry ${entry.index} is of the unknown type ${entry.type}`)
    }
    if (entry.type === entryType.configuration) {
      if (entry.data === null) throw new RaftWireError(`entry ${entry.index} should carry a membership`)
      decodeConfiguration(entry.data)
    }
    index = entry.index
    newest = entry.term
  }
}
