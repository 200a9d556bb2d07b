import { byDistance } from '../../src/rules/by-distance.ts'
import type { Question } from '../../src/store/live-query.ts'
import type { Distances, RankQuestion } from '../coordinates/contract.ts'

/** Whom lists are to be sorted by the distance from. */
export class Nearness {
  readonly #rank: (question: RankQuestion) => Distances | undefined
  readonly #self: string

  /** `rank` is the hook; `self` this agent's node, which is what `_agent` stands for. */
  constructor(rank: (question: RankQuestion) => Distances | undefined, self: string) {
    this.#rank = rank
    this.#self = self
  }

  /** The same question with its rows in the order of distance from `near`; unchanged when nobody is asked for. */
  sorted<Row>(
    question: Question<readonly Row[]>,
    near: string | undefined,
    nodeOf: (row: Row) => string,
  ): Question<readonly Row[]> {
    if (near === undefined) return question
    const from = near === '_agent' ? this.#self : near
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
