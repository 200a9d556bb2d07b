import { unlink } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Clock } from '../../src/kernel/clock.ts'
import type { ConnectionLimit } from './connection-limit.ts'
import { GentleEnds } from './gentle-end.ts'
import { listenError } from './listener-errors.ts'
import type { SocketAccess } from './socket-access.ts'

export interface ServerSetup {
  readonly clock: Clock
  readonly maxHeaderBytes: number
  readonly connections: ConnectionLimit
  /** Who may connect to sockets of the filesystem. */
  readonly socketAccess: SocketAccess
  readonly answer: (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) => void
}

/** A request line and headers have to arrive within this; bodies are watched where they are read. */
const headersTimeoutMs = 20_000
/** Longer than the 90 s for which Go's clients keep idle connections: the client should be the one to close. */
const keepAliveTimeoutMs = 120_000
/** How long requests that still run may take to end once the agent stops. */
const drainMs = 3_000
const drainPollMs = 20

/** The sockets of the HTTP interface: opening, malformed HTTP, draining. */
export class HttpServer {
  readonly #setup: ServerSetup
  readonly #servers: Server[] = []
  readonly #addresses: string[] = []
  readonly #ends: GentleEnds
  #stopping = false

  constructor(setup: ServerSetup) {
    this.#setup = setup
    this.#ends = new GentleEnds(setup.clock)
  }

  /** As clients write them: `127.0.0.1:8500`, `[::1]:8500`, `unix:///run/proconsul.sock`. */
  get addresses(): readonly string[] {
    return this.#addresses
  }

  /** `address` is an IP or a `unix://` path. Returns where it listens; throws a ConfigError that says what to change. */
  async listen(address: string, port: number): Promise<string> {
    const server = this.#create()
    const path = address.startsWith('unix://') ? address.slice('unix://'.length) : undefined
    const shown = path === undefined ? hostPort(address, port) : address
    try {
      if (path === undefined) await opened(server, { host: address, port })
      else await openedOnPath(server, path)
    } catch (error) {
      throw listenError(error as NodeJS.ErrnoException, shown)
    }
    this.#servers.push(server)
    if (path !== undefined) await this.#setup.socketAccess.applyTo(path)
    const bound = server.address()
    const listening = typeof bound === 'object' && bound !== null ? hostPort(bound.address, bound.port) : shown
    this.#addresses.push(listening)
    return listening
  }

  /** Takes no new connections, lets running requests end for a moment, then closes what is left. */
  async close(): Promise<void> {
    this.#stopping = true
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)))
    let open = true
    const all = Promise.all(closed).then(() => {
      open = false
    })
    for (let waitedMs = 0; open && waitedMs < drainMs; waitedMs += drainPollMs) {
      for (const server of this.#servers) server.closeIdleConnections()
      await Promise.race([all, this.#pause()])
    }
    for (const server of this.#servers) server.closeAllConnections()
    await all
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#setup.clock.after(drainPollMs, resolve))
  }

  #create(): Server {
    const server = createServer({
      maxHeaderSize: this.#setup.maxHeaderBytes,
      headersTimeout: headersTimeoutMs,
      // Blocking queries and long uploads may take as long as they need.
      requestTimeout: 0,
      keepAliveTimeout: keepAliveTimeoutMs,
      connectionsCheckingInterval: 5_000,
    })
    server.on('request', (request, response) => this.#answer(request, response, false))
    server.on('checkContinue', (request, response) => this.#answer(request, response, true))
    server.on('clientError', (error, socket: Socket) => refuseMalformed(error, socket, this.#ends))
    server.prependListener('connection', (socket: Socket) => {
      this.#ends.govern(socket)
      this.#setup.connections.admit(socket)
    })
    return server
  }

  #answer(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    if (this.#setup.connections.refused(request.socket)) return
    if (this.#ends.isEnding(request.socket)) {
      // Its client was told that nothing more is answered: what it sent on must not be carried out either.
      request.resume()
      return
    }
    if (this.#stopping) response.shouldKeepAlive = false
    this.#setup.answer(request, response, expectsContinue)
  }
}

function opened(server: Server, where: { host: string; port: number } | { path: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ ...where, backlog: 1024 }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** A socket file that an agent left behind when it was killed is in the way, and nobody's. */
async function openedOnPath(server: Server, path: string): Promise<void> {
  try {
    await opened(server, { path })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || (await isAlive(path))) throw error
    await unlink(path)
    await opened(server, { path })
  }
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path)
    const end = (alive: boolean) => {
      probe.destroy()
      resolve(alive)
    }
    probe.on('connect', () => end(true))
    probe.on('error', (error: NodeJS.ErrnoException) => end(error.code !== 'ECONNREFUSED'))
  })
}

function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Answers what is not HTTP, in the words of Go's server, and ends the connection. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket, ends: GentleEnds): void {
  const running = (socket as { _httpMessage?: ServerResponse | null })._httpMessage
  if (error.code === 'ECONNRESET' || error.code === 'HPE_INVALID_EOF_STATE') {
    // The client is gone, and with it whoever would read an answer.
    socket.destroy()
  } else if (ends.isEnding(socket)) {
    // Nobody will answer it, so nobody minds.
  } else if (!running) {
    endWith(socket, error, ends)
  } else if (running.req.complete) {
    // It came behind a request that is still being answered, and that reply is owed.
    running.shouldKeepAlive = false
    running.once('close', () => socket.destroySoon())
  } else if (running.headersSent) {
    socket.destroy()
  } else {
    // The body of the running request is broken off or garbled, so nobody can answer that request.
    endWith(socket, error, ends)
  }
}

function endWith(socket: Socket, error: NodeJS.ErrnoException, ends: GentleEnds): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const status = statusOf(error.code)
  socket.write(`HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`)
  ends.end(socket)
}

function statusOf(code: string | undefined): string {
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large'
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return '408 Request Timeout'
  return '400 Bad Request'
}
