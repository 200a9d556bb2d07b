import type { Message } from '../wire/schema.ts'
import { parseJson } from '../wire/schema.ts'
import { UnexpectedResponseError, UnreadableAnswerError } from './errors.ts'
import { type Read, type ReadOptions, readMeta, readQuery, tokenHeader, type WriteOptions } from './query.ts'
import type { Answer, Query, Request, Transport } from './transport.ts'

/** What goes with a write. */
interface Sent {
  readonly query?: Query
  readonly body?: Buffer | string | undefined
}

/** What the parts of the client share: sends, judges the status, reads the answer by its declaration. */
export class Caller {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** A read whose answer is of this shape. `query` comes besides what `options` say. */
  async read<T>(
    shape: Pick<Message<T>, 'fromJson'>,
    path: string,
    options: ReadOptions,
    query: Query = {},
  ): Promise<Read<T>> {
    const answer = await this.get(path, options, query)
    requireSuccess(answer)
    return { value: decoded(shape, answer, path), meta: readMeta(answer) }
  }

  /** A read whose answer stands as it came, whatever its status. */
  get(path: string, options: ReadOptions, query: Query = {}): Promise<Answer> {
    const { token, signal } = options
    return this.#transport.send({
      method: 'GET',
      path,
      query: { ...readQuery(options), ...query },
      headers: tokenHeader(token),
      signal,
    })
  }

  /** A write; gives the answer of a success. */
  async write(method: Request['method'], path: string, options: WriteOptions, sent: Sent = {}): Promise<Answer> {
    const answer = await this.attempt(method, path, options, sent)
    requireSuccess(answer)
    return answer
  }

  /** A write whose answer stands as it came, whatever its status. */
  attempt(
    method: Request['method'],
    path: string,
    { token, datacenter, signal }: WriteOptions,
    { query = {}, body }: Sent = {},
  ): Promise<Answer> {
    return this.#transport.send({
      method,
      path,
      query: { dc: datacenter || undefined, ...query },
      body,
      headers: tokenHeader(token),
      signal,
    })
  }

  /** An answer without end. */
  stream(path: string, query: Query, signal: AbortSignal | undefined): AsyncGenerator<Buffer, void, void> {
    return this.#transport.stream({ method: 'GET', path, query, signal })
  }
}

export function requireSuccess({ status, body }: Answer): void {
  if (status !== 200) throw new UnexpectedResponseError(status, body.toString('utf8').trim())
}

/** @throws UnreadableAnswerError when the answer has another shape */
export function decoded<T>(shape: Pick<Message<T>, 'fromJson'>, { body }: Answer, path: string): T {
  try {
    return shape.fromJson(parseJson(body))
  } catch (error) {
    throw new UnreadableAnswerError(path, { cause: error })
  }
}

/** For answers that have no declaration: figures and configuration, which every version has its own of. */
export const anyJson = { fromJson: <T>(value: unknown): T => value as T }

/** A part of a path, escaped. */
export function segment(text: string): string {
  return encodeURIComponent(text)
}
