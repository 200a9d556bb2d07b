import { MalformedMsgpackError } from '../../../src/wire/errors.ts'
import { lzwDecode, lzwEncode } from '../../../src/wire/lzw.ts'
import { compressRecord, messageType } from './records.ts'

const lzw = 0

/** A compress message around bytes that begin with a type byte (protocol/gossip.md §3.4). */
export function compress(plain: Buffer): Buffer {
  return compressRecord.encode({ Algo: lzw, Buf: lzwEncode(plain) }, messageType.compress)
}

/**
 * What a compress message holds; at most `limitBytes`.
 *
 * @throws MalformedMsgpackError, LzwError
 */
export function decompress(message: Buffer, limitBytes: number): Buffer {
  const { Algo, Buf } = compressRecord.decode(message, 1)
  if (Algo !== lzw) throw new MalformedMsgpackError(`compression ${Algo} is not known`, 1)
  return lzwDecode(Buf, limitBytes)
}
