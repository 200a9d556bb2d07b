import { METHODS } from 'node:http'
import { Readable } from 'node:stream'
import Router from '@koa/router'
import Koa from 'koa'
import type { AccessLog } from './access-log.ts'
import type { Answering } from './answering.ts'
import { EndpointRequest, type RequestSurroundings } from './api-request.ts'
import type { Endpoint } from './endpoint.ts'
import { replyToError } from './error-replies.ts'
import type { Outcome, StreamOutcome } from './outcome.ts'
import { cleanPath, encodePath, hasUnprintable, isUnclean, parseTarget, type Target } from './path.ts'

export interface KoaSetup {
  readonly endpoints: readonly Endpoint[]
  readonly answering: Answering
  readonly surroundings: RequestSurroundings
  /** Headers of every reply, as configured. */
  readonly configuredHeaders: readonly string[]
  /** Paths may hold characters that print nothing. */
  readonly allowUnprintable: boolean
  readonly accessLog: AccessLog
  readonly report: (error: unknown) => void
  /** True when the client sent `Expect: 100-continue` and waits. */
  readonly expectsContinue: (context: Koa.Context) => boolean
}

/** What our middleware leaves for the next. */
interface State extends Koa.DefaultState {
  target: Target
}

type Context = Koa.ParameterizedContext<State>

/** The general way of a request: Koa, and one @koa/router for each first segment below `/v1`. */
export function createKoaApp(setup: KoaSetup): Koa<State> {
  const app = new Koa<State>()
  // Koa would print to the console what we report.
  app.silent = true
  app.on('error', (error: NodeJS.ErrnoException) => {
    setup.report(error)
  })
  app.use((context, next) => answerErrors(setup, context, next))
  app.use((context, next) => checkTarget(setup, context, next))
  app.use(dispatch(setup))
  return app
}

/** Outermost: what nobody below expected still gets a reply, and the access log its record. */
async function answerErrors(setup: KoaSetup, context: Context, next: Koa.Next): Promise<void> {
  const begun = setup.accessLog.begin()
  setHeaders(context, setup.configuredHeaders)
  try {
    await next()
  } catch (error) {
    const { status, headers, body } = replyToError(error, setup.report)
    put(context, status, headers, body)
  }
  setup.accessLog.end(begun, context.req)
}

/** Refuses paths that cannot be meant, and redirects those that can be written shorter, as Go's server does. */
async function checkTarget(setup: KoaSetup, context: Context, next: Koa.Next): Promise<void> {
  const target = parseTarget(context.req.url ?? '')
  if (target === undefined) return refuse(context)
  if (!setup.allowUnprintable && hasUnprintable(target.decoded)) return put(context, 400, [], '')
  if (isUnclean(target.decoded)) return redirect(context, cleanPath(target.decoded), target.query)
  context.state.target = target
  // Routes are found by the decoded path: `/v1/status/%6ceader` is `/v1/status/leader`.
  context.newRouterPath = target.decoded
  await next()
}

/** A target that is no path is malformed HTTP: answered in the server's words, not the API's, and the connection ends. */
function refuse(context: Context): void {
  if (context.req.url === '*' && context.method === 'OPTIONS') {
    put(context, 200, [], '')
  } else {
    context.set('Connection', 'close')
    put(context, 400, ['Content-Type', 'text/plain; charset=utf-8'], '400 Bad Request')
  }
}

function dispatch(setup: KoaSetup): Koa.Middleware<State> {
  const routers = new Map<string, Router<State>>()
  for (const endpoint of setup.endpoints) {
    const segment = firstSegment(endpoint.path)
    const router = routers.get(segment) ?? new Router<State>({ strict: true, sensitive: true })
    routers.set(segment, router)
    // All methods: the endpoint that fits the path answers for those it does not have, too.
    router.register(endpoint.routerPath, METHODS, (context) =>
      answerEndpoint(setup, endpoint, context as unknown as Context),
    )
  }
  const middleware = new Map([...routers].map(([segment, router]) => [segment, router.routes()]))
  return async (context) => {
    const path = context.state.target.decoded
    const router = middleware.get(firstSegment(path))
    const nothing = () => notFound(setup, path, context)
    if (router === undefined) return nothing()
    await router(context as never, nothing as never)
  }
}

/** `kv` of `/v1/kv/a`; of paths that are not below `/v1`, their own first segment after a slash. */
function firstSegment(path: string): string {
  const [, version = '', segment = ''] = path.split('/', 3)
  return version === 'v1' ? segment : `/${version}`
}

function notFound(setup: KoaSetup, path: string, context: Context): void {
  const withSlash = `${path}/`
  // An endpoint `/v1/kv/*key` is also what `/v1/kv` was meant for.
  const meant = setup.endpoints.some((it) => !it.isFixed && it.prefix === withSlash && it.isPrefix)
  if (meant) redirect(context, withSlash, context.state.target.query)
  else if (path === '/') put(context, 200, ['Content-Type', 'text/plain; charset=utf-8'], 'Consul Agent')
  else put(context, 404, [], '')
}

async function answerEndpoint(setup: KoaSetup, endpoint: Endpoint, context: Context): Promise<void> {
  const request = new EndpointRequest(
    context.req,
    context.res,
    context.state.target,
    endpoint,
    setup.surroundings,
    setup.expectsContinue(context as unknown as Koa.Context),
  )
  const answered = await setup.answering.answer(endpoint, request)
  if (answered === undefined) context.respond = false
  else if ('chunks' in answered) putStream(context, answered)
  else putOutcome(context, answered)
}

function putOutcome(context: Context, { status, headers, body }: Outcome): void {
  put(context, status, headers, body)
}

/** Sends the head at once: a log may be silent for a while, and the client should know that it listens. */
function putStream(context: Context, { status, headers, chunks }: StreamOutcome): void {
  const body = Readable.from(chunks, { objectMode: false })
  put(context, status, headers, body)
  context.flushHeaders()
}

function redirect(context: Context, path: string, query: string): void {
  const location = `${encodePath(path)}${query === '' ? '' : `?${query}`}`
  const page = `<a href="${escapeHtml(location)}">Moved Permanently</a>.\n\n`
  const hasPage = context.method === 'GET' || context.method === 'HEAD'
  const type = hasPage ? ['Content-Type', 'text/html; charset=utf-8'] : []
  put(context, 301, ['Location', location, ...type], context.method === 'GET' ? page : '')
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`).replaceAll('&#38;', '&amp;')
}

/** Hands a reply to Koa, which would otherwise add a type of its own. */
function put(context: Context, status: number, headers: readonly string[], body: Buffer | string | Readable): void {
  setHeaders(context, headers)
  context.status = status
  const typed = context.res.hasHeader('Content-Type')
  // To Koa no body means that it should make one up; an empty one is left alone.
  context.body = body === '' ? noBytes : body
  if (!typed) context.remove('Content-Type')
}

const noBytes = Buffer.alloc(0)

function setHeaders(context: Context, headers: readonly string[]): void {
  for (let at = 0; at < headers.length; at += 2) context.set(headers[at]!, headers[at + 1]!)
}
