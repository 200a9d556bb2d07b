import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CapturedAnswer } from '../capture.ts'
import { serveParent } from '../program.ts'

export type HttpHolder = typeof commands

/** Holds every GET; a PUT answers them all with the same bytes, then itself with `true`. */
const commands = {
  async listen({ status, headers, body }: CapturedAnswer): Promise<number> {
    const bytes = Buffer.from(body)
    const flat = [...headers]
    let held: ServerResponse[] = []
    const server = createServer((request, response) => {
      if (request.method === 'GET') {
        held.push(response)
        return
      }
      request.resume()
      request.on('end', () => {
        const readers = held
        held = []
        for (const reader of readers) {
          reader.writeHead(status, flat)
          reader.end(bytes)
        }
        response.writeHead(200, ['Content-Type', 'application/json', 'Content-Length', '4'])
        response.end('true')
      })
    })
    server.requestTimeout = 0
    await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, resolve))
    return (server.address() as AddressInfo).port
  },
}

serveParent(commands)
