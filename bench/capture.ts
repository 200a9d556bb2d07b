import { type IncomingMessage, request } from 'node:http'

/** One answer of the agent, as a bare server can give it again. */
export interface CapturedAnswer {
  readonly status: number
  /** Names and values in turn, without those that Node adds itself on both sides. */
  readonly headers: readonly string[]
  readonly body: Uint8Array
}

const addedByNode = new Set(['date', 'connection', 'keep-alive'])

/** Asks once. Throws unless the answer has a Content-Length, which the load generators need, and status 200. */
export async function capture(port: number, path: string, method = 'GET', body?: string): Promise<CapturedAnswer> {
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, agent: false }, resolve).on('error', reject).end(body)
  })
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const answer: CapturedAnswer = {
    status: incoming.statusCode!,
    headers: incoming.rawHeaders.filter((_, at, all) => !addedByNode.has(all[at - (at % 2)]!.toLowerCase())),
    body: Buffer.concat(chunks),
  }
  if (answer.status !== 200) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.body}`)
  if (headerOf(answer, 'content-length') === undefined) throw new Error(`${method} ${path} has no Content-Length`)
  return answer
}

/** A header's value; names in lower case. */
export function headerOf({ headers }: CapturedAnswer, name: string): string | undefined {
  const at = headers.findIndex((it, index) => index % 2 === 0 && it.toLowerCase() === name)
  return at < 0 ? undefined : headers[at + 1]
}
