import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { CheckDefinition, CheckStatus, Probe, ProbeResult } from '../contract.ts'
import { CheckDefinitionError, CheckTimeoutError } from '../errors.ts'
import { OutputTail } from '../output.ts'
import { dialProblem } from './dial.ts'

const redirectsMax = 10
/** More of a body than this is not waited for: an endless one must not keep the check from ending. */
const bodyReadMax = 16 * 1024 * 1024
const acceptedTypes = 'text/plain, text/*, */*'

interface Wanted {
  readonly method: string
  readonly body: string
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly verifyTls: boolean
  readonly serverName: string | undefined
  readonly followsRedirects: boolean
  readonly outputMaxBytes: number
}

/** Asks a URL: 2xx is passing, 429 (too many requests) warning, everything else critical. */
export function httpProbe(check: CheckDefinition): Probe {
  const { args } = check
  const url = String(args.HTTP)
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new CheckDefinitionError(
      `HTTP must be a URL that begins with http:// or https://, not ${JSON.stringify(url)}`,
    )
  }
  const wanted: Wanted = {
    method: typeof args.Method === 'string' && args.Method !== '' ? args.Method : 'GET',
    body: typeof args.Body === 'string' ? args.Body : '',
    headers: headersOf(args.Header),
    verifyTls: args.TLSSkipVerify !== true,
    serverName: typeof args.TLSServerName === 'string' && args.TLSServerName !== '' ? args.TLSServerName : undefined,
    followsRedirects: args.DisableRedirects !== true,
    outputMaxBytes: check.outputMaxBytes,
  }
  return async (signal) => {
    try {
      const { reply, body } = await ask(new URL(url), wanted, signal)
      const code = reply.statusCode ?? 0
      const line = `${code} ${reply.statusMessage ?? ''}`.trimEnd()
      return { status: statusOf(code), output: `HTTP ${wanted.method} ${url}: ${line} Output: ${body}`, bounded: true }
    } catch (error) {
      return { status: 'critical', output: problemOf(url, wanted.method, error) } satisfies ProbeResult
    }
  }
}

function statusOf(code: number): CheckStatus {
  if (code >= 200 && code <= 299) return 'passing'
  return code === 429 ? 'warning' : 'critical'
}

async function ask(
  url: URL,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<{ readonly reply: IncomingMessage; readonly body: string }> {
  let target = url
  let { method, body: sent } = wanted
  for (let redirects = 0; ; redirects++) {
    const reply = await send(target, method, sent, wanted, signal)
    const code = reply.statusCode ?? 0
    const location = reply.headers.location
    const redirected = wanted.followsRedirects && location !== undefined && [301, 302, 303, 307, 308].includes(code)
    if (!redirected) return { reply, body: await readBody(reply, wanted.outputMaxBytes, signal) }
    reply.destroy()
    if (redirects >= redirectsMax) throw new Error(`stopped after ${redirectsMax} redirects`)
    target = new URL(location, target)
    if (!/^https?:$/.test(target.protocol))
      throw new Error(`unsupported protocol scheme "${target.protocol.slice(0, -1)}"`)
    if (code < 307 && method !== 'HEAD') {
      method = 'GET'
      sent = ''
    }
  }
}

function send(url: URL, method: string, body: string, wanted: Wanted, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options: RequestOptions & { rejectUnauthorized?: boolean; servername?: string } = {
      method,
      signal,
      // A connection of its own each time: a check finds out whether a new client would be served.
      agent: false,
      headers: {
        'User-Agent': 'Consul Health Check',
        Accept: acceptedTypes,
        ...(body === '' ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
        ...(wanted.headers as Record<string, string | string[]>),
      },
      rejectUnauthorized: wanted.verifyTls,
      ...(wanted.serverName === undefined ? {} : { servername: wanted.serverName }),
    }
    const request: ClientRequest = url.protocol === 'https:' ? httpsRequest(url, options) : httpRequest(url, options)
    request.once('response', resolve)
    request.on('error', (error) => reject(signal.aborted ? signal.reason : error))
    request.end(body)
  })
}

function readBody(reply: IncomingMessage, maxBytes: number, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const tail = new OutputTail(maxBytes)
    const done = () => resolve(tail.text())
    reply.on('data', (chunk: Buffer) => {
      tail.add(chunk)
      if (tail.totalBytes < bodyReadMax) return
      done()
      reply.destroy()
    })
    reply.once('end', done)
    reply.on('error', (error) => reject(signal.aborted ? signal.reason : error))
    reply.once('aborted', () => reject(signal.aborted ? signal.reason : new Error('unexpected EOF')))
  })
}

/** `Header` is a map of lists, as it is in Consul's definitions. Go writes its names so, and `Host` is one of them. */
function headersOf(header: unknown): Record<string, string | readonly string[]> {
  const headers: Record<string, string | readonly string[]> = {}
  for (const [name, values] of Object.entries((header ?? {}) as Record<string, readonly string[] | null>)) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
      throw new CheckDefinitionError(`Header has a name that HTTP does not allow: ${JSON.stringify(name)}`)
    }
    const list = values ?? []
    if (list.some((value) => /[\r\n\0]/.test(value))) {
      throw new CheckDefinitionError(`Header ${name} has a value with a line break`)
    }
    // Node takes one value for these, and joins nothing.
    headers[name] = /^(host|user-agent|accept)$/i.test(name) ? (list[0] ?? '') : list
  }
  return headers
}

function problemOf(url: string, method: string, error: unknown): string {
  const verb = method.slice(0, 1).toUpperCase() + method.slice(1).toLowerCase()
  const what = `${verb} ${JSON.stringify(url)}`
  if (error instanceof CheckTimeoutError) {
    return `${what}: context deadline exceeded (Client.Timeout exceeded while awaiting headers)`
  }
  const { code, message } = error as NodeJS.ErrnoException
  if (code === undefined) return `${what}: ${message}`
  const { hostname, port, protocol } = new URL(url)
  return `${what}: ${dialProblem(`${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`, error)}`
}
