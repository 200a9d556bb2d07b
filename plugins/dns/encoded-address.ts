import { Packet } from 'dns2'
import type { Composition } from './answer.ts'
import { ipOf } from './ip-address.ts'
import { addressRecord } from './records.ts'

const { TYPE } = Packet

/**
 * `c000020b.addr.consul` is 192.0.2.11: names of addresses, for the targets of SRV records. The record goes beside an
 * answer to a question of another type. Undefined when the name does not exist; what has hex digits for neither kind of
 * address exists and has no records, as with Consul.
 */
export function encodedAddress(
  owner: string,
  labels: readonly string[],
  type: number,
  ttlSeconds: number,
): Composition | undefined {
  const [hex = ''] = labels
  if (labels.length !== 1) return undefined
  const octetCount = hex.length >> 1
  if (octetCount !== 4 && octetCount !== 16) return { answers: [], additionals: [] }
  if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(hex)) return undefined
  const record = addressRecord(owner, ttlSeconds, ipOf([...Buffer.from(hex, 'hex')]))
  const wanted = octetCount === 4 ? TYPE.A : TYPE.AAAA
  return type === wanted || type === TYPE.ANY
    ? { answers: [record], additionals: [] }
    : { answers: [], additionals: [record] }
}
