import { struct, text, uint64 } from '../wire/schema.ts'

/** What stands before the body of a request and of a reply (protocol/servers.md §4). */
export const RequestHeader = struct('RequestHeader', { Seq: uint64(), ServiceMethod: text() })
export const ReplyHeader = struct('ReplyHeader', { Error: text(), Seq: uint64(), ServiceMethod: text() })
