import { byDistance } from '../../src/rules/by-distance.ts'
import type { Question } from '../../src/store/live-query.ts'
import type { Distances, RankQuestion } from '../coordinates/contract.ts'

/** Whom lists are to be sorted by the distance from. */
export class Nearness {
  readonly #rank: (question: RankQuestion) => Distances | undefined

  /** `rank` is the hook. */
  constructor(rank: (question: RankQuestion) => Distances | undefined) {
    this.#rank = rank
  }

  /** The same question with its rows in the order of distance from a node; unchanged when nobody is asked for. */
  sorted<Row>(
    question: Question<readonly Row[]>,
    from: string | undefined,
    nodeOf: (row: Row) => string,
  ): Question<readonly Row[]> {
    if (from === undefined) return question
    return {
      ...question,
      key: `${question.key} near ${JSON.stringify(from.toLowerCase())}`,
      read: (view) => {
        const rows = question.read(view)
        const distances = this.#rank({ view, from })
        return distances === undefined ? rows : byDistance(rows, (row) => distances(nodeOf(row)))
      },
    }
  }
}
