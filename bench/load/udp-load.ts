import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { serveParent } from '../program.ts'
import { Latencies } from './latencies.ts'
import { cpuSince, type RunResult } from './run-result.ts'

export interface UdpLoadOrder {
  readonly port: number
  /** Questions in flight at a time, each with an id of its own. */
  readonly window: number
  /** Sockets they are spread over. */
  readonly sockets: number
  readonly question: Uint8Array
  /** What an answer has to be as long as, and to have as its fourth octet: recursion flag and RCODE. */
  readonly answerBytes: number
  readonly answerCode: number
  readonly durationMs: number
}

export type UdpLoad = typeof commands

/** A question without an answer for so long is counted as failed and asked again. */
const lostAfterMs = 250

const commands = {
  async run({
    port,
    window,
    sockets,
    question,
    answerBytes,
    answerCode,
    durationMs,
  }: UdpLoadOrder): Promise<RunResult> {
    const latencies = new Latencies()
    const finished = Promise.withResolvers<void>()
    const sentAt = new Float64Array(window)
    let completed = 0
    let failed = 0
    let endsAt = 0

    const packets = Array.from({ length: window }, (_, id) => {
      const packet = Buffer.from(question)
      packet.writeUInt16BE(id, 0)
      return packet
    })
    const opened = await Promise.all(Array.from({ length: sockets }, () => connected(port)))
    const ask = (id: number) => {
      sentAt[id] = performance.now()
      opened[id % sockets]!.send(packets[id]!)
    }
    for (const socket of opened) {
      socket.on('error', finished.reject)
      socket.on('message', (answer) => {
        const now = performance.now()
        if (now >= endsAt) return
        const id = answer.readUInt16BE(0)
        latencies.add(now - sentAt[id]!)
        if (answer.length === answerBytes && answer[3] === answerCode) completed++
        else failed++
        ask(id)
      })
    }

    const cpuBefore = process.cpuUsage()
    const beganAt = performance.now()
    endsAt = beganAt + durationMs
    for (let id = 0; id < window; id++) ask(id)
    const watch = setInterval(() => {
      const now = performance.now()
      if (now >= endsAt) finished.resolve()
      for (let id = 0; id < window; id++) {
        if (now < endsAt && now - sentAt[id]! > lostAfterMs) {
          failed++
          ask(id)
        }
      }
    }, 20)
    await finished.promise
    clearInterval(watch)
    const loadCpuSeconds = cpuSince(cpuBefore)
    for (const socket of opened) socket.close()
    return { completed, failed, seconds: durationMs / 1000, latencyMs: latencies.summary(), loadCpuSeconds }
  },
}

async function connected(port: number): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.setRecvBufferSize(4 * 1024 * 1024)
  return socket
}

serveParent(commands)
