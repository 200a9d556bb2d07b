import { JsonCursor } from '../wire/json/cursor.ts'
import { parseJson } from '../wire/schema.ts'
import { UnexpectedResponseError, UnreadableAnswerError } from './errors.ts'
import { type Answered, answerKind, type OperationName, type Sent, targetOf } from './operations.ts'
import { type Read, type ReadOptions, readMeta, readQuery, tokenHeader, type WriteOptions } from './query.ts'
import type { Answer, Request, Transport } from './transport.ts'

/** What goes with an operation that takes a body. */
interface WithBody {
  readonly body?: Buffer | string | undefined
}

/** What the parts of the client share: sends, judges the status, reads the answer, all by the operation's declaration. */
export class Caller {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** A read of this operation. What is sent comes besides what `options` say. */
  async read<N extends OperationName>(name: N, sent: Sent<N>, options: ReadOptions): Promise<Read<Answered<N>>> {
    const answer = await this.get(name, sent, options)
    requireSuccess(answer)
    return { value: decoded(name, answer), meta: readMeta(answer) }
  }

  /** A read whose answer stands as it came, whatever its status. */
  get<N extends OperationName>(name: N, sent: Sent<N>, options: ReadOptions): Promise<Answer> {
    const { path, query } = targetOf(name, sent)
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
  async write<N extends OperationName>(name: N, sent: Sent<N> & WithBody, options: WriteOptions): Promise<Answer> {
    const answer = await this.attempt(name, sent, options)
    requireSuccess(answer)
    return answer
  }

  /** A write whose answer stands as it came, whatever its status. */
  attempt<N extends OperationName>(name: N, sent: Sent<N> & WithBody, options: WriteOptions): Promise<Answer> {
    const { path, query } = targetOf(name, sent)
    const { token, datacenter, signal } = options
    return this.#transport.send({
      method: name.slice(0, name.indexOf(' ')) as Request['method'],
      path,
      query: { dc: datacenter || undefined, ...query },
      body: sent.body,
      headers: tokenHeader(token),
      signal,
    })
  }

  /** An answer without end. */
  stream<N extends OperationName>(name: N, sent: Sent<N>, signal?: AbortSignal): AsyncGenerator<Buffer, void, void> {
    return this.#transport.stream({ method: 'GET', ...targetOf(name, sent), signal })
  }
}

export function requireSuccess({ status, body }: Answer): void {
  if (status !== 200) throw new UnexpectedResponseError(status, body.toString('utf8').trim())
}

/**
 * The answer as the operation declares it: the first of several kinds, unless told `which`.
 *
 * @throws UnreadableAnswerError when the answer has another shape
 */
export function decoded<N extends OperationName, Which extends number = 0>(
  name: N,
  { body }: Answer,
  which?: Which,
): Answered<N, Which> {
  try {
    return answerKind(name, which).readJson(parseJson(body), new JsonCursor()) as Answered<N, Which>
  } catch (error) {
    throw new UnreadableAnswerError(name, { cause: error })
  }
}
