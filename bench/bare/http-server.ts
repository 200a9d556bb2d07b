import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CapturedAnswer } from '../capture.ts'
import { serveParent } from '../program.ts'

export type BareHttpServer = typeof commands

/** What node:http can do at best: every request is answered with the same bytes, those the agent answered. */
const commands = {
  /** `afterBody`: reads a request's body to its end before it answers. Returns the port. */
  async listen({ status, headers, body }: CapturedAnswer, afterBody: boolean): Promise<number> {
    const bytes = Buffer.from(body)
    const flat = [...headers]
    const server = createServer((request, response) => {
      const answer = () => {
        response.writeHead(status, flat)
        response.end(bytes)
      }
      if (!afterBody) {
        answer()
        return
      }
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        Buffer.concat(chunks)
        answer()
      })
    })
    await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, resolve))
    return (server.address() as AddressInfo).port
  },
}

serveParent(commands)
