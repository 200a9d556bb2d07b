import type { EndpointRequest } from './api-request.ts'
import { acceptsGzip, compress, isWorthCompressing, withPackedBody } from './compression.ts'
import type { PlainReply, Reply } from './contract.ts'
import type { Endpoint } from './endpoint.ts'
import { replyToError } from './error-replies.ts'
import { EndpointBlockedError } from './errors.ts'
import { findHeader } from './find-header.ts'
import type { LiveReads } from './live-reads.ts'
import { type Outcome, outcome, type StreamOutcome } from './outcome.ts'
import { indented, Rendering } from './rendering.ts'
import { addHeaders } from './reply-headers.ts'
import type { WriteAccess } from './write-access.ts'

export interface AnsweringSetup {
  readonly liveReads: LiveReads
  /** Headers that every reply of an endpoint begins with. */
  readonly baseHeaders: readonly string[]
  /** Beginnings of paths that the operator closed. */
  readonly blocked: readonly string[]
  readonly writeAccess: WriteAccess
  /** Indent all JSON, as an agent with `-dev` does. */
  readonly alwaysPretty: boolean
  readonly report: (error: unknown) => void
}

type Answered = Outcome | StreamOutcome | undefined

/**
 * From a request for a known endpoint to what is sent: the same whether Koa carries it or the short way does. Errors
 * become replies in here; nothing is thrown. Undefined: the client went away, and there is nobody to send to.
 */
export class Answering {
  readonly #setup: AnsweringSetup
  readonly #constants = new Map<PlainReply, Outcome>()

  constructor(setup: AnsweringSetup) {
    this.#setup = setup
  }

  answer(endpoint: Endpoint, request: EndpointRequest): Answered | Promise<Answered> {
    try {
      // Looked at first: a query string that cannot be decoded spoils every endpoint.
      const { method, query } = request
      if (this.#isBlocked(request.target.decoded)) throw new EndpointBlockedError()
      if (method === ('OPTIONS' as string)) return this.#allowed(endpoint)
      const route = endpoint.route(method)
      this.#setup.writeAccess.require(request)
      request.route = route
      const reply = route.answer(request)
      const pretty = this.#setup.alwaysPretty || query.has('pretty')
      if (!(reply instanceof Promise)) return this.#settle(reply, request, pretty)
      return reply.then(
        (settled) => this.#settle(settled, request, pretty),
        (error) => this.failed(error),
      )
    } catch (error) {
      return this.failed(error)
    }
  }

  /** The reply to a request that an error ended. */
  failed(error: unknown): Outcome {
    const { status, headers, body } = replyToError(error, this.#setup.report)
    return outcome(status, [...this.#setup.baseHeaders, ...headers], body)
  }

  /** True when the operator closed what this decoded path names. */
  #isBlocked(path: string): boolean {
    return this.#setup.blocked.some((beginning) => path.startsWith(beginning))
  }

  #allowed(endpoint: Endpoint): Outcome {
    return outcome(200, [...this.#setup.baseHeaders, 'Allow', endpoint.allow], '')
  }

  #settle(reply: Reply, request: EndpointRequest, pretty: boolean): Answered | Promise<Answered> {
    try {
      switch (reply.kind) {
        case 'plain':
          return this.#pack(this.#plain(reply, pretty), request)
        case 'failedRead':
          return this.#setup.liveReads.failed(reply.error)
        case 'stream':
          return {
            status: 200,
            headers:
              reply.type === undefined
                ? this.#setup.baseHeaders
                : [...this.#setup.baseHeaders, 'Content-Type', reply.type],
            chunks: reply.chunks,
          }
        case 'live': {
          const answer = this.#setup.liveReads.answer(reply, request.options, pretty, request)
          if (answer instanceof Promise) return answer.then((settled) => settled && this.#pack(settled, request))
          if (answer instanceof Rendering) request.live = { reply, pretty, rendering: answer }
          return this.#pack(answer, request)
        }
      }
    } catch (error) {
      return this.failed(error)
    }
  }

  #plain(reply: PlainReply, pretty: boolean): Outcome {
    if (!reply.constant || pretty) return this.#outcome(reply, pretty)
    let ready = this.#constants.get(reply)
    if (ready === undefined) {
      ready = this.#outcome(reply, pretty)
      this.#constants.set(reply, ready)
    }
    return ready
  }

  #outcome({ status, type, body, headers, json }: PlainReply, pretty: boolean): Outcome {
    const all = [...this.#setup.baseHeaders]
    if (type !== undefined) all.push('Content-Type', type)
    const sent = addHeaders(all, headers, json && pretty ? indented(body) : body)
    return outcome(status, all, sent)
  }

  #pack(answer: Outcome | Rendering, request: EndpointRequest): Outcome | Promise<Outcome> {
    const plain = answer instanceof Rendering ? answer.plain : answer
    if (!isWorthCompressing(plain.body)) return plain
    if (!acceptsGzip(findHeader(request.incoming, 'accept-encoding'))) return plain
    if (answer instanceof Rendering) return answer.packed()
    const packed = compress(plain.body)
    if (!(packed instanceof Promise)) return withPackedBody(plain, packed)
    return packed.then((body) => withPackedBody(plain, body))
  }
}
