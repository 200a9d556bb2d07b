import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AccessLog } from './access-log.ts'
import type { Answering } from './answering.ts'
import { EndpointRequest, type RequestSurroundings } from './api-request.ts'
import { acceptsGzip, isWorthCompressing } from './compression.ts'
import type { LiveReply, ReadOptions } from './contract.ts'
import type { Endpoint } from './endpoint.ts'
import { findHeader } from './find-header.ts'
import type { Leftovers } from './leftovers.ts'
import type { LiveReads } from './live-reads.ts'
import { type Outcome, type StreamOutcome, send, sendStream } from './outcome.ts'
import { hasUnprintable, isUnclean, parseTarget } from './path.ts'
import { RecentMap } from './recent-map.ts'
import { type Manner, type Rendering, renderAnswer } from './rendering.ts'
import type { Contact } from './reply-headers.ts'

export interface HotPathSetup {
  readonly endpoints: readonly Endpoint[]
  readonly answering: Answering
  readonly liveReads: LiveReads
  readonly contact: Contact
  readonly surroundings: RequestSurroundings
  readonly baseHeaders: readonly string[]
  readonly allowUnprintable: boolean
  readonly accessLog: AccessLog
  readonly leftovers: Leftovers
  readonly report: (error: unknown) => void
}

/** A read answered before: asked again, it costs no parsing, no routing and no handler. */
interface Remembered {
  readonly reply: LiveReply
  readonly manner: Manner
  /** How fresh the answer has to be. */
  readonly wanted: Pick<ReadOptions, 'consistency' | 'datacenter'>
}

const rememberedMax = 4096
/** Longer URLs and larger bodies are not worth it: reading and sending them costs more than finding them. */
const rememberedUrlMax = 512
const rememberedBodyMax = 32 * 1024

/**
 * The short way, past Koa, which costs half the throughput. It takes requests for endpoints that declare themselves `hot`,
 * and answers a GET of a URL that it has answered before from the live query alone. Whatever is unusual about a
 * request (methods, paths, targets) it leaves to the general way; both find the same endpoint and reply.
 */
export class HotPath {
  readonly #setup: HotPathSetup
  readonly #hot: readonly Endpoint[]
  readonly #remembered = new RecentMap<string, Remembered>(rememberedMax)

  constructor(setup: HotPathSetup) {
    this.#setup = setup
    this.#hot = setup.endpoints.filter((endpoint) => endpoint.hot && isPlain(endpoint, setup.endpoints))
  }

  /** True when the request is taken: its answer was sent or will be. */
  take(incoming: IncomingMessage, response: ServerResponse, expectsContinue: boolean): boolean {
    const begunMs = this.#setup.accessLog.begin()
    const url = incoming.url!
    if (incoming.method === 'GET') {
      const remembered = this.#remembered.get(url)
      if (remembered !== undefined && this.#again(remembered, incoming, response)) {
        this.#setup.accessLog.end(begunMs, incoming)
        return true
      }
    }
    const request = this.#admit(incoming, response, expectsContinue)
    if (request === undefined) return false
    const answered = this.#setup.answering.answer(request.endpoint, request)
    if (answered instanceof Promise) void answered.then((settled) => this.#send(settled, request, begunMs))
    else this.#send(answered, request, begunMs)
    return true
  }

  /** Sends the live query's answer of now in the way the URL was answered before. */
  #again(remembered: Remembered, incoming: IncomingMessage, response: ServerResponse): boolean {
    if (hasOwnWishes(incoming.rawHeaders)) return false
    const contact = this.#setup.contact.now()
    const { reply, manner } = remembered
    let rendering: Rendering
    try {
      if (this.#setup.liveReads.place(reply, remembered.wanted) !== 'here') return false
      // Nothing of the answer is kept here: it belongs to the query, whose home weighs it and lets it go.
      rendering = renderAnswer(this.#setup.baseHeaders, reply, reply.query.current(), manner, contact)
    } catch {
      // The general way meets the same error and answers it with all its headers.
      this.#remembered.delete(incoming.url!)
      return false
    }
    const { plain } = rendering
    if (isWorthCompressing(plain.body) && acceptsGzip(findHeader(incoming, 'accept-encoding'))) return false
    send(response, plain)
    return true
  }

  #admit(incoming: IncomingMessage, response: ServerResponse, expectsContinue: boolean): EndpointRequest | undefined {
    const target = parseTarget(incoming.url!)
    if (target === undefined) return undefined
    const { decoded } = target
    const endpoint = this.#hot.find((it) => (it.isFixed ? decoded === it.path : decoded.startsWith(it.prefix)))
    if (endpoint === undefined || !endpoint.has(incoming.method!)) return undefined
    if (isUnclean(decoded) || (!this.#setup.allowUnprintable && hasUnprintable(decoded))) return undefined
    return new EndpointRequest(incoming, response, target, endpoint, this.#setup.surroundings, expectsContinue)
  }

  #send(answered: Outcome | StreamOutcome | undefined, request: EndpointRequest, begunMs: number): void {
    if (answered === undefined) return
    this.#setup.leftovers.limit(request.incoming, request.response)
    if ('chunks' in answered) {
      void sendStream(request.response, answered).catch((error) => this.#setup.report(error))
      return
    }
    try {
      send(request.response, answered)
      this.#setup.accessLog.end(begunMs, request.incoming)
      this.#remember(request)
    } catch (error) {
      // Nothing above us would turn this into a reply, and one bad header must not end the agent.
      this.#setup.report(error)
      request.response.destroy()
    }
  }

  #remember(request: EndpointRequest): void {
    const { incoming, live } = request
    // Options are looked at only behind this: of other requests they may be bad, and throw.
    if (live === undefined || incoming.method !== 'GET' || hasOwnWishes(incoming.rawHeaders)) return
    const { options } = request
    if (options.index > 0 || options.cached || options.consistency === 'consistent' || options.maxStaleMs > 0) return
    const { reply, pretty, rendering } = live
    if (rendering.plain.body.length > rememberedBodyMax || incoming.url!.length > rememberedUrlMax) return
    const manner = this.#setup.liveReads.manner(reply, options, pretty)
    const wanted = { consistency: options.consistency, datacenter: options.datacenter }
    this.#remembered.set(incoming.url!, { reply, manner, wanted })
  }
}

/** True when no other endpoint could be meant by a path that begins as this one's do. */
function isPlain(endpoint: Endpoint, all: readonly Endpoint[]): boolean {
  if (endpoint.isFixed) return true
  return endpoint.isPrefix && all.every((other) => other === endpoint || !other.path.startsWith(endpoint.prefix))
}

/** True when headers may make the answer another than the URL's: who asks, and how fresh it must be. */
function hasOwnWishes(rawHeaders: readonly string[]): boolean {
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!
    const { length } = name
    if (length !== 13 && length !== 14) continue
    const lowerCase = name.toLowerCase()
    if (lowerCase === 'authorization' || lowerCase === 'cache-control' || lowerCase === 'x-consul-token') return true
  }
  return false
}
