import { addressOfReverse } from './reverse.ts'
import type { Zone } from './zone.ts'

/** What a question's name asks for. */
export type Asked =
  /** A name of nobody here. */
  | { readonly place: 'elsewhere' }
  /** The name of an address; undefined when the name stands for none. */
  | { readonly place: 'reverse'; readonly address: string | undefined }
  /** A name of ours, which may still make no sense: without a kind it does not exist. */
  | { readonly place: 'zone'; readonly zone: Zone; readonly kind: NameKind | undefined }

export interface NameKind {
  /** The label that says what is looked up, in lower case: `service`, `node`, … */
  readonly word: string
  /** Labels left of it, as they were asked. */
  readonly labels: readonly string[]
  /** Labels between it and the domain, in lower case: at most the datacenter, when the name makes sense. */
  readonly suffix: readonly string[]
}

/** Kinds that are kinds also while nobody answers for them. */
const consulKinds = new Set(['service', 'connect', 'ingress', 'node', 'query', 'addr'])

/**
 * Reads `web.service.dc1.consul`. The kind is the last label before the domain that is one. In a question for SRV a label
 * that begins with an underscore also ends the search, because `_web._tcp.consul` stands for `_web._tcp.service.consul`
 * (RFC 2782). `labels` come as in `Question.labels`; `isKind` knows the kinds that plugins added.
 */
export function readName(
  labels: readonly string[],
  isSrv: boolean,
  zones: readonly Zone[],
  isKind: (label: string) => boolean,
): Asked {
  const lower = labels.map((label) => label.toLowerCase())
  const zone = zoneOf(lower, zones)
  if (lower.at(-1) === 'arpa' && (zone?.labels.length ?? 0) < 2) {
    return { place: 'reverse', address: addressOfReverse(lower)?.text }
  }
  if (!zone) return { place: 'elsewhere' }

  const end = lower.length - zone.labels.length
  for (let at = end - 1; at >= 0; at--) {
    const word = lower[at] ?? ''
    const suffix = lower.slice(at + 1, end)
    if (consulKinds.has(word) || isKind(word)) {
      return { place: 'zone', zone, kind: { word, labels: labels.slice(0, at), suffix } }
    }
    if (isSrv && word.startsWith('_')) {
      return { place: 'zone', zone, kind: { word: 'service', labels: labels.slice(0, at + 1), suffix } }
    }
  }
  return { place: 'zone', zone, kind: undefined }
}

/** The zone with the most labels that the name ends with. */
function zoneOf(lower: readonly string[], zones: readonly Zone[]): Zone | undefined {
  let best: Zone | undefined
  for (const zone of zones) {
    const skipped = lower.length - zone.labels.length
    if (skipped < 0 || (best && best.labels.length >= zone.labels.length)) continue
    if (zone.labels.every((label, i) => lower[skipped + i] === label)) best = zone
  }
  return best
}

/** The service that a name of kind `service` asks for: of `_web._tcp` it is `web`, of `v1.web` too. */
export function serviceOf(labels: readonly string[]): string {
  const [first = '', second = ''] = labels
  if (labels.length === 2 && first.startsWith('_') && second.startsWith('_')) return first.slice(1).toLowerCase()
  return labels.at(-1)?.toLowerCase() ?? ''
}
