import { ownBytes } from '../../src/kernel/own-bytes.ts'
import type { Answer } from '../../src/store/answer.ts'
import { weightOf } from '../../src/store/weight.ts'
import { indentJson } from '../../src/wire/json/text.ts'
import { compress, withPackedBody } from './compression.ts'
import type { LiveReply, RenderedAnswer } from './contract.ts'
import { type Outcome, outcome } from './outcome.ts'
import { addHeaders, type LeaderContact, readHeaders } from './reply-headers.ts'

/** All that an answer's headers and layout depend on beside the answer. */
export interface Manner {
  readonly pretty: boolean
  /** Value of `X-Consul-Effective-Consistency`, for reads that show it. */
  readonly consistency: string | undefined
  readonly backend: string
  /** `X-Cache` and `Age`, where asked for. */
  readonly cache: readonly string[]
}

/** What a body was rendered to, and its compressed form once somebody wanted that. */
interface Part extends RenderedAnswer {
  packed?: Buffer | Promise<Buffer>
  /** Where it is kept with its answer, which counts what it weighs; undefined when it is not. */
  held?: Held | undefined
}

/** One answer of a live query as an HTTP reply, for one index and one state of the leader. */
export class Rendering {
  readonly answer: Answer<unknown>
  readonly index: number
  readonly contact: LeaderContact
  readonly plain: Outcome
  readonly part: Part

  constructor(base: readonly string[], answer: Answer<unknown>, part: Part, manner: Manner, contact: LeaderContact) {
    this.answer = answer
    this.index = answer.index
    this.contact = contact
    this.part = part
    const headers = [...base]
    if (!part.bare) headers.push(...readHeaders(answer.index, contact, manner.consistency, manner.backend))
    headers.push(...manner.cache)
    if (part.type !== undefined) headers.push('Content-Type', part.type)
    const body = addHeaders(headers, part.headers, part.body)
    this.plain = outcome(part.status, headers, body)
  }

  /** True while this is what a reader gets. */
  holds(answer: Answer<unknown>, contact: LeaderContact): boolean {
    return answer === this.answer && answer.index === this.index && contact === this.contact
  }

  /** The same, compressed; that is done once per answer. */
  packed(): Outcome | Promise<Outcome> {
    const packed = this.part.packed ?? this.#pack()
    if (packed instanceof Promise) return packed.then((body) => withPackedBody(this.plain, body))
    return withPackedBody(this.plain, packed)
  }

  #pack(): Buffer | Promise<Buffer> {
    const { part, answer } = this
    const keep = (packed: Buffer): Buffer => {
      // zlib cuts small results from chunks of 16 KiB.
      const body = ownBytes(packed)
      part.packed = body
      if (part.held !== undefined) answer.grew(part.held.weighsMore(weightOf(body)))
      return body
    }
    const packed = compress(part.body)
    if (!(packed instanceof Promise)) return keep(packed)
    part.packed = packed.then(keep)
    return part.packed
  }
}

/** More renderings of one answer come from render functions made for each request; the newest are kept. */
const heldMax = 8
/** What a kept rendering weighs beside its headers and its body. */
const heldBytes = 400

/** A rendering that is kept with its answer. */
class Held {
  readonly render: LiveReply['render']
  readonly manner: Manner
  rendering: Rendering
  sizeBytes = 0

  constructor(render: LiveReply['render'], manner: Manner, rendering: Rendering) {
    this.render = render
    this.manner = manner
    this.rendering = rendering
  }

  weighsMore(sizeBytes: number): number {
    this.sizeBytes += sizeBytes
    return sizeBytes
  }
}

/** The reply for an answer, made once however many ask for it, as long as they ask in the same manner. */
export function renderAnswer(
  base: readonly string[],
  { render }: LiveReply,
  answer: Answer<unknown>,
  manner: Manner,
  contact: LeaderContact,
): Rendering {
  const held = answer.form('http', noneHeld)
  const known = find(held, render, manner)
  if (known?.rendering.holds(answer, contact)) return known.rendering
  const part = known?.rendering.part ?? partOf(render, answer, manner.pretty)
  const rendering = new Rendering(base, answer, part, manner, contact)
  if (known) known.rendering = rendering
  else keep(held, new Held(render, manner, rendering))
  return rendering
}

const noneHeld = (): Held[] => []

function keep(all: Held[], held: Held): void {
  const { answer, part, plain } = held.rendering
  if (all.length === heldMax) {
    const dropped = all.shift()!
    dropped.rendering.part.held = undefined
    answer.grew(-dropped.sizeBytes)
  }
  part.held = held
  all.push(held)
  const isPrimary = answer.isEncoded && part.body === answer.bytes
  answer.grew(held.weighsMore(heldBytes + weightOf(plain.headers) + (isPrimary ? 0 : weightOf(part.body))))
}

function find(held: readonly Held[], render: LiveReply['render'], manner: Manner): Held | undefined {
  // A loop, not `find`: this is on the shortest way of a read.
  for (const it of held) if (it.render === render && sameManner(it.manner, manner)) return it
  return undefined
}

function sameManner(a: Manner, b: Manner): boolean {
  return (
    a === b ||
    (a.pretty === b.pretty && a.consistency === b.consistency && a.backend === b.backend && a.cache === b.cache)
  )
}

function partOf(render: LiveReply['render'], answer: Answer<unknown>, pretty: boolean): Part {
  const part: RenderedAnswer = render
    ? render(answer.value, () => answer.bytes)
    : { status: 200, type: jsonType, body: answer.bytes }
  if (!pretty || part.type !== jsonType) {
    return typeof part.body === 'string' ? { ...part } : { ...part, body: ownBytes(part.body) }
  }
  return { ...part, body: indented(part.body) }
}

const jsonType = 'application/json'

/** As `?pretty` shows it: indented, with a newline at the end. */
export function indented(body: Buffer | string): string {
  return `${indentJson(typeof body === 'string' ? body : body.toString('utf8'))}\n`
}
