import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { serveParent } from '../program.ts'
import { requestBytes } from '../requests.ts'
import { Latencies, type LatencySummary } from './latencies.ts'
import { ResponseReader } from './response-reader.ts'
import { cpuSince } from './run-result.ts'

export interface WatchResult {
  readonly seconds: number
  readonly changes: number
  /** Answers to watchers of the service that had changed. */
  readonly wakes: number
  /** Answers to any other watcher: nothing it asked for had changed. */
  readonly spurious: number
  readonly failed: number
  /** From sending the change to a watcher's answer. */
  readonly latencyMs: LatencySummary
  readonly loadCpuSeconds: number
}

export type WatcherLoad = typeof commands

interface Watcher {
  readonly service: number
  readonly socket: Socket
  index: string
}

let watchers: Watcher[] = []
/** Called with each answer to a watcher. */
let answered: (watcher: Watcher, status: number) => void = () => undefined

const commands = {
  /** Opens `count` watchers, each of the next of `services` services, and waits until all of them block. */
  async open(port: number, count: number, services: number): Promise<void> {
    const waiting = new Set<Watcher>()
    const first = Promise.withResolvers<void>()
    answered = (watcher) => {
      waiting.delete(watcher)
      if (waiting.size === 0 && watchers.length === count) first.resolve()
    }
    for (let opened = 0; opened < count; opened += 200) {
      const batch = await Promise.all(
        Array.from({ length: Math.min(200, count - opened) }, (_, at) => open(port, (opened + at) % services)),
      )
      for (const watcher of batch) waiting.add(watcher)
      watchers.push(...batch)
      for (const watcher of batch) ask(watcher)
    }
    await first.promise
  },

  /**
   * Changes a service every `intervalMs` with the next of `changes` requests (each names a service by its number) until they
   * are all sent, and then waits for what is still to come.
   */
  async watch(
    port: number,
    changes: readonly { readonly service: number; readonly request: Uint8Array }[],
    intervalMs: number,
  ): Promise<WatchResult> {
    const changer = await openSocket(port)
    const changed = new Map<number, number>()
    const latencies = new Latencies(1_000_000)
    const cpuBefore = process.cpuUsage()
    const beganAt = performance.now()
    let wakes = 0
    let spurious = 0
    let failed = 0
    answered = (watcher, status) => {
      const sentAt = changed.get(watcher.service)
      if (status !== 200) failed++
      else if (sentAt === undefined) spurious++
      else {
        wakes++
        latencies.add(performance.now() - sentAt)
      }
    }
    for (const { service, request } of changes) {
      // Whoever wakes for the change before this one by now has had a whole interval for it.
      changed.clear()
      changed.set(service, performance.now())
      changer.write(request)
      await new Promise((resolve) => setTimeout(resolve, intervalMs))
    }
    const seconds = (performance.now() - beganAt) / 1000
    changer.destroy()
    const loadCpuSeconds = cpuSince(cpuBefore)
    return { seconds, changes: changes.length, wakes, spurious, failed, latencyMs: latencies.summary(), loadCpuSeconds }
  },

  close(): void {
    for (const { socket } of watchers) {
      socket.removeAllListeners('close')
      socket.destroy()
    }
    watchers = []
  },
}

const buffer = Buffer.allocUnsafe(1024 * 1024)
const indexHeader = Buffer.from('\r\nX-Consul-Index: ')

async function open(port: number, service: number): Promise<Watcher> {
  const responses = new ResponseReader()
  const watcher: Watcher = {
    service,
    index: '1',
    socket: connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: {
        buffer,
        callback(length) {
          const bytes = buffer.subarray(0, length)
          const at = bytes.indexOf(indexHeader)
          if (at >= 0) {
            const from = at + indexHeader.length
            watcher.index = bytes.toString('latin1', from, bytes.indexOf(13, from))
          }
          const response = responses.take(bytes)
          if (response !== undefined) {
            answered(watcher, response.status)
            ask(watcher)
          }
          return true
        },
      },
    }),
  }
  await once(watcher.socket, 'connect')
  watcher.socket.on('close', () => {
    throw new Error('the server closed a connection')
  })
  return watcher
}

/** Asks for the next change. The first time nothing is known yet, so that the answer comes at once. */
function ask({ socket, service, index }: Watcher): void {
  socket.write(requestBytes('GET', `/v1/health/service/watched-${service}?index=${index}&wait=10m`))
}

async function openSocket(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  await once(socket, 'connect')
  socket.resume()
  return socket
}

serveParent(commands)
