import { Packet } from 'dns2'
import type { Composition, Occasion } from './answer.ts'
import type { DnsAnswer } from './contract.ts'
import type { DnsRecord } from './records.ts'

const { TYPE } = Packet

/** Beside one name, for clients that did not say that they take more. */
const mostWithoutEdns = 5
/** Services on that many hosts outside: the rest of their addresses is left to the client. */
const mostNames = 32

/**
 * Adds where the host names in an answer lead to, so that the client need not ask again: behind an alias, beside an SRV
 * record. For a service with the answer's own TTL, as the address of another host may take its place at any time.
 */
export async function withAliases(
  composition: Composition,
  answer: DnsAnswer,
  { type, ttlSeconds }: Occasion,
  hasEdns: boolean,
  lookUp: (name: string) => Promise<readonly DnsRecord[]>,
): Promise<Composition> {
  const names = outsideNames(composition, type).slice(0, mostNames)
  if (names.length === 0) return composition
  const found = await Promise.all(names.map(lookUp))
  const records = answer.shape === 'node' ? found.flat() : found.flatMap((it) => own(it, ttlSeconds, hasEdns))
  if (type === TYPE.SRV) return { ...composition, additionals: [...composition.additionals, ...records] }
  return { ...composition, answers: [...composition.answers, ...records] }
}

/** Host names that the answer has no address of. */
function outsideNames({ answers, additionals }: Composition, type: number): string[] {
  if (type !== TYPE.SRV) return answers.flatMap(({ type, domain }) => (type === TYPE.CNAME && domain ? [domain] : []))
  const known = new Set(additionals.map(({ name }) => name))
  const targets = answers.flatMap(({ target }) => (target !== undefined && !known.has(target) ? [target] : []))
  return [...new Set(targets)]
}

function own(records: readonly DnsRecord[], ttl: number, hasEdns: boolean): DnsRecord[] {
  const kept = hasEdns ? records : records.slice(0, mostWithoutEdns)
  return kept.map((record) => ({ ...record, ttl }))
}
