import { isAt, outside } from './machine.ts'
import type { Program } from './program.ts'

/** A place in the text that a thread came by, and those before; shared by the threads that go on from there. */
interface Mark {
  readonly slot: number
  readonly at: number
  readonly before: Mark | undefined
}

/** One alternative that is still alive. */
interface Thread {
  readonly index: number
  readonly marks: Mark | undefined
}

/**
 * The first match and what its groups caught; undefined without one. Like `search`, all alternatives run side by side,
 * the better ones first (R. Cox, "Regular Expression Matching: the Virtual Machine Approach", Pike's machine): the
 * first thread at the end wins over all behind it, and those before it go on.
 */
export function firstMatch({ instructions, start }: Program, text: string): string[] | undefined {
  const seenAt = new Int32Array(instructions.length).fill(-1)
  const pending: Thread[] = []
  let threads: Thread[] = []
  let found: Mark | undefined
  let before = outside

  for (let at = 0; ; ) {
    const here = at < text.length ? text.codePointAt(at)! : outside
    const reached: Thread[] = []
    const reach = (origin: Thread): void => {
      pending.push(origin)
      for (let thread = pending.pop(); thread !== undefined; thread = pending.pop()) {
        const { index, marks } = thread
        if (seenAt[index] === at) continue
        seenAt[index] = at
        const instruction = instructions[index]!
        if (instruction.kind === 'split') {
          pending.push({ index: instruction.other, marks }, { index: instruction.next, marks })
        } else if (instruction.kind === 'mark') {
          pending.push({ index: instruction.next, marks: { slot: instruction.slot, at, before: marks } })
        } else if (instruction.kind === 'place') {
          if (isAt(instruction.place, before, here)) pending.push({ index: instruction.next, marks })
        } else {
          reached.push(thread)
        }
      }
    }

    for (const thread of threads) reach(thread)
    if (found === undefined) reach({ index: start, marks: { slot: 0, at, before: undefined } })
    threads = []
    for (const { index, marks } of reached) {
      const instruction = instructions[index]!
      if (instruction.kind === 'match') {
        found = { slot: 1, at, before: marks }
        break
      }
      if (instruction.kind === 'set' && instruction.set.has(here)) threads.push({ index: instruction.next, marks })
    }
    if (here === outside || (threads.length === 0 && found !== undefined)) break
    before = here
    at += here > 0xffff ? 2 : 1
  }
  return found && textsOf(found, slotCount(instructions), text)
}

function slotCount(instructions: Program['instructions']): number {
  return instructions.reduce((most, it) => (it.kind === 'mark' ? Math.max(most, it.slot + 1) : most), 2)
}

/** The last mark of each slot counts: a group that is repeated keeps what it caught last. */
function textsOf(last: Mark, slots: number, text: string): string[] {
  const places = new Array<number>(slots).fill(-1)
  for (let mark: Mark | undefined = last; mark !== undefined; mark = mark.before) {
    if (places[mark.slot] === -1) places[mark.slot] = mark.at
  }
  return Array.from({ length: slots / 2 }, (_, group) => {
    const [from = -1, to = -1] = places.slice(2 * group, 2 * group + 2)
    return from < 0 || to < 0 ? '' : text.slice(from, to)
  })
}
