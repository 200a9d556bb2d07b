import { connect, type Socket } from 'node:net'
import { serveParent } from '../program.ts'
import { Latencies } from './latencies.ts'
import { ResponseReader } from './response-reader.ts'
import { cpuSince, type RunResult } from './run-result.ts'

export interface HttpLoadOrder {
  readonly port: number
  readonly connections: number
  /** Ready-made requests; each connection sends the next one in turn. */
  readonly requests: readonly Uint8Array[]
  /** Ends after this time, or after so many requests. */
  readonly until: { readonly durationMs: number } | { readonly requests: number }
}

export type HttpLoad = typeof commands

const commands = {
  /** Keeps one request in flight on every connection. Connecting is not part of the time. */
  async run({ port, connections, requests, until }: HttpLoadOrder): Promise<RunResult> {
    const ready = requests.map((request) => Buffer.from(request))
    const latencies = new Latencies()
    const finished = Promise.withResolvers<void>()
    let sent = 0
    let completed = 0
    let failed = 0
    let endsAt = Number.POSITIVE_INFINITY
    const mostRequests = 'requests' in until ? until.requests : Number.POSITIVE_INFINITY
    let running = connections

    // All sockets read into one buffer: what arrives is looked at before anything else is read.
    const buffer = Buffer.allocUnsafe(1024 * 1024)
    const open = () => {
      const reader = new ResponseReader()
      let sentAt = 0
      const send = () => {
        sentAt = performance.now()
        socket.write(ready[sent++ % ready.length]!)
      }
      const socket: Socket = connect({
        host: '127.0.0.1',
        port,
        noDelay: true,
        onread: {
          buffer,
          callback(length) {
            const response = reader.take(buffer.subarray(0, length))
            if (response === undefined) return true
            const now = performance.now()
            if (now < endsAt) {
              latencies.add(now - sentAt)
              if (response.status === 200) completed++
              else failed++
              if (sent < mostRequests) {
                send()
                return true
              }
            }
            if (--running === 0) finished.resolve()
            return true
          },
        },
      })
      socket.on('error', finished.reject)
      socket.on('close', () => finished.reject(new Error('the server closed a connection')))
      return { socket, send, connected: new Promise<void>((resolve) => socket.once('connect', resolve)) }
    }

    const clients = Array.from({ length: connections }, open)
    await Promise.race([Promise.all(clients.map(({ connected }) => connected)), finished.promise])
    const cpuBefore = process.cpuUsage()
    const beganAt = performance.now()
    if ('durationMs' in until) endsAt = beganAt + until.durationMs
    for (const { send } of clients) send()
    await finished.promise
    const seconds = (Math.min(performance.now(), endsAt) - beganAt) / 1000
    const loadCpuSeconds = cpuSince(cpuBefore)
    for (const { socket } of clients) {
      socket.removeAllListeners('close')
      socket.destroy()
    }
    return { completed, failed, seconds, latencyMs: latencies.summary(), loadCpuSeconds }
  },
}

serveParent(commands)
