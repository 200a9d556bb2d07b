import { ValueScanner } from '../../../src/wire/value-scanner.ts'
import { RaftWireError } from './errors.ts'

/** An answer is an error text and a small map. */
const answerBytesMax = 64 * 2 ** 10

/** Cuts what a peer sends back into answers: two msgpack values each. */
export class ReplyReader {
  readonly #scanner = new ValueScanner((reason) => new RaftWireError(reason))
  #pieces: Buffer[] = []
  #sizeBytes = 0
  #values = 0

  /** The answers that `chunk` completes, in order. @throws RaftWireError */
  push(chunk: Buffer): Buffer[] {
    const answers: Buffer[] = []
    let start = 0
    let at = 0
    while (at < chunk.length) {
      const end = this.#scanner.scan(chunk, at)
      if (end === undefined) break
      at = end
      if (++this.#values < 2) continue
      const piece = chunk.subarray(start, end)
      answers.push(this.#pieces.length === 0 ? piece : Buffer.concat([...this.#pieces, piece]))
      this.#pieces = []
      this.#sizeBytes = 0
      this.#values = 0
      start = end
    }
    if (start < chunk.length) {
      this.#pieces.push(chunk.subarray(start))
      this.#sizeBytes += chunk.length - start
      if (this.#sizeBytes > answerBytesMax) throw new RaftWireError('an answer is too large')
    }
    return answers
  }
}
