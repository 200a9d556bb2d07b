/** One request of a client: when it was made and answered, on a scale on which earlier means before. */
export interface Operation<Input, Output> {
  readonly client: number
  readonly input: Input
  /** Undefined as long as nobody knows what became of it: then it may take effect at any time, or never. */
  readonly output: Output | undefined
  readonly calledAt: number
  /** Infinity when it was never answered. */
  readonly returnedAt: number
}

/** What a correct system does when requests come one at a time. */
export interface Model<State, Input, Output> {
  readonly initial: State
  /** The state after `input`, or nothing when a correct system would not have answered `output` (undefined fits always). */
  step(state: State, input: Input, output: Output | undefined): { readonly state: State } | undefined
  /** Whether an operation that was answered so leaves every state as it is: a read, or a condition that did not hold. */
  onlyLooks(input: Input, output: Output): boolean
  /** Equal for equal states, different for different ones. */
  key(state: State): string
  /** Equal for inputs that have the same effect on every state. */
  inputKey(input: Input): string
}

export type Verdict = 'linearizable' | 'not linearizable' | 'undecided'

/**
 * Is there an order of the operations, in which each takes effect between its call and its return, that a correct system could
 * have gone through? The search of Wing and Gong, which takes a minimal operation off the history and goes on with the rest, with Lowe's
 * memory of what was tried: a set of operations done and the state they lead to need to be tried only once (as Porcupine does).
 * Operations that only look are taken off as soon as they fit. Those that were never answered are tried last, and of those with the
 * same effect the oldest first: a later one could do nothing at its place that this one could not.
 *
 * Gives up as undecided after `stepsMax` attempts: the question is NP-complete.
 */
export function checkLinearizable<State, Input, Output>(
  history: readonly Operation<Input, Output>[],
  model: Model<State, Input, Output>,
  stepsMax = 1_000_000,
): Verdict {
  const operations = history.toSorted((a, b) => a.calledAt - b.calledAt)
  const search = new Search(operations, model, stepsMax)
  return search.run()
}

/** The history cut into those of its keys, each to be checked by itself: linearizability is local (Herlihy and Wing). */
export function partition<Input, Output>(
  history: readonly Operation<Input, Output>[],
  keyOf: (input: Input) => string,
): Map<string, Operation<Input, Output>[]> {
  return Map.groupBy(history, ({ input }) => keyOf(input))
}

/** A call or a return in the list of what happened, which shrinks as operations are taken off and grows as they are put back. */
interface Node {
  readonly operation: number
  /** The return of a call; undefined on returns. */
  match: Node | undefined
  previous: Node | undefined
  next: Node | undefined
}

interface Choice<State> {
  readonly call: Node
  readonly before: State
  /** It only looked: what can be done without it can be done after it, so there is nothing else to try here. */
  readonly only: boolean
}

type Kind = 'answered' | 'unanswered'

class Search<State, Input, Output> {
  readonly #operations: readonly Operation<Input, Output>[]
  readonly #model: Model<State, Input, Output>
  readonly #head: Node
  readonly #done: Uint32Array
  readonly #tried = new Set<string>()
  /** The one that is to be tried before it, by unanswered operation. */
  readonly #older: Int32Array
  #state: State
  #stepsLeft: number

  constructor(operations: readonly Operation<Input, Output>[], model: Model<State, Input, Output>, stepsMax: number) {
    this.#operations = operations
    this.#model = model
    this.#state = model.initial
    this.#stepsLeft = stepsMax
    this.#done = new Uint32Array(Math.ceil(operations.length / 32))
    this.#head = listOf(operations)
    this.#older = olderOf(operations, model)
  }

  run(): Verdict {
    const choices: Choice<State>[] = []
    let left = this.#operations.filter(({ output }) => output !== undefined).length
    // Operations that may never have happened are tried last: as a rule they need not have.
    let kind: Kind = 'answered'
    let at = this.#head.next
    for (;;) {
      // What is left was never answered: it need not have happened.
      if (left === 0) return 'linearizable'
      if (this.#stepsLeft-- <= 0) return 'undecided'
      if (at?.match !== undefined) {
        const next = this.#kindOf(at) === kind ? this.#attempt(at) : undefined
        if (next === undefined) {
          at = at.next
          continue
        }
        choices.push({ call: at, before: this.#state, only: next.only })
        if (kind === 'answered') left--
        this.#state = next.state
        kind = 'answered'
        at = this.#head.next
        continue
      }
      // A return (or the end): nothing more may come before it.
      if (kind === 'answered') {
        kind = 'unanswered'
        at = this.#head.next
        continue
      }
      let choice = choices.pop()
      for (; choice?.only; choice = choices.pop()) {
        this.#undo(choice)
        left++
      }
      if (choice === undefined) return 'not linearizable'
      this.#undo(choice)
      kind = this.#kindOf(choice.call)
      if (kind === 'answered') left++
      at = choice.call.next
    }
  }

  #kindOf({ operation }: Node): Kind {
    return this.#operations[operation]!.output === undefined ? 'unanswered' : 'answered'
  }

  /** Takes the call off if the model allows it here and this was not tried before; gives the state after it. */
  #attempt(call: Node): { readonly state: State; readonly only: boolean } | undefined {
    const { input, output } = this.#operations[call.operation]!
    const older = this.#older[call.operation]!
    if (older >= 0 && !this.#isDone(older)) return undefined
    const next = this.#model.step(this.#state, input, output)
    if (next === undefined) return undefined
    // Of what was never answered, only a change could explain anything.
    if (output === undefined && this.#model.key(next.state) === this.#model.key(this.#state)) return undefined
    this.#flip(call.operation)
    const configuration = `${this.#done.join()} ${this.#model.key(next.state)}`
    if (this.#tried.has(configuration)) {
      this.#flip(call.operation)
      return undefined
    }
    this.#tried.add(configuration)
    lift(call)
    return { state: next.state, only: output !== undefined && this.#model.onlyLooks(input, output) }
  }

  #undo({ call, before }: Choice<State>): void {
    this.#state = before
    this.#flip(call.operation)
    unlift(call)
  }

  #isDone(operation: number): boolean {
    return ((this.#done[operation >>> 5]! >>> (operation & 31)) & 1) === 1
  }

  #flip(operation: number): void {
    this.#done[operation >>> 5]! ^= 1 << (operation & 31)
  }
}

/** For each unanswered operation, in the order of calls, the last one before it of the same effect; -1 for all others. */
function olderOf<Input>(
  operations: readonly Operation<Input, unknown>[],
  model: Pick<Model<never, Input, never>, 'inputKey'>,
): Int32Array {
  const last = new Map<string, number>()
  return Int32Array.from(operations, ({ input, output }, operation) => {
    if (output !== undefined) return -1
    const key = model.inputKey(input)
    const older = last.get(key) ?? -1
    last.set(key, operation)
    return older
  })
}

/** Calls and returns in the order of time; at one moment calls come first, which only allows more orders. */
function listOf(operations: readonly Operation<unknown, unknown>[]): Node {
  const marks = operations.flatMap(({ calledAt, returnedAt }, operation) => {
    const back: Node = { operation, match: undefined, previous: undefined, next: undefined }
    const call: Node = { operation, match: back, previous: undefined, next: undefined }
    return [
      { at: calledAt, order: 0, node: call },
      { at: returnedAt, order: 1, node: back },
    ]
  })
  marks.sort((a, b) => (a.at === b.at ? a.order - b.order : a.at - b.at))
  const head: Node = { operation: -1, match: undefined, previous: undefined, next: undefined }
  let last = head
  for (const { node } of marks) {
    last.next = node
    node.previous = last
    last = node
  }
  return head
}

/** Takes a call and its return out of the list. */
function lift(call: Node): void {
  call.previous!.next = call.next
  if (call.next) call.next.previous = call.previous
  const back = call.match!
  back.previous!.next = back.next
  if (back.next) back.next.previous = back.previous
}

/** Puts them back; only in the opposite order of `lift`. */
function unlift(call: Node): void {
  const back = call.match!
  back.previous!.next = back
  if (back.next) back.next.previous = back
  call.previous!.next = call
  if (call.next) call.next.previous = call
}
