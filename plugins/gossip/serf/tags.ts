import { type MsgpackWriter, writeMsgpack } from '../../../src/wire/msgpack-writer.ts'
import { map, text } from '../../../src/wire/schema.ts'
import { LenientReader } from './lenient-reader.ts'

export type Tags = Readonly<Record<string, string>>

const tagMap = map(text())
/** Stands before tags; without it the whole meta is a role, as serf had it before there were tags. */
const tagsMagic = 0xff

/** What a member shows of itself, as memberlist's meta (protocol/gossip.md §8.4). The caller checks its size. */
export function encodeTags(tags: Tags): Buffer {
  return writeMsgpack((writer: MsgpackWriter) => {
    writer.byte(tagsMagic)
    tagMap.write(writer, tags)
  })
}

/** Throws MalformedMsgpackError. */
export function decodeTags(meta: Buffer): Tags {
  if (meta[0] !== tagsMagic) return { role: meta.toString('utf8') }
  return tagMap.read(new LenientReader(meta, 1)) ?? {}
}
