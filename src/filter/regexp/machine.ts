import type { Program } from './program.ts'
import type { Place } from './syntax.ts'

/** Before the first and after the last character. */
export const outside = -1
const lineFeed = 0x0a

/**
 * Runs all alternatives side by side, one character at a time (Thompson 1968; R. Cox, "Regular Expression Matching: the
 * Virtual Machine Approach"). Time is at most text length times program length, whatever the pattern: a client cannot
 * stop the agent with one, as it could with a matcher that goes back.
 */
export function search({ instructions, start }: Program, text: string): boolean {
  const seenAt = new Int32Array(instructions.length).fill(-1)
  let waiting: number[] = []
  let following: number[] = []
  const pending: number[] = []
  let before = outside

  for (let at = 0; ; ) {
    const here = at < text.length ? text.codePointAt(at)! : outside
    // Adds what can be reached from `origin` without reading; true when that is the end of the pattern.
    const reach = (origin: number): boolean => {
      pending.push(origin)
      for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
        if (seenAt[index] === at) continue
        seenAt[index] = at
        const instruction = instructions[index]!
        if (instruction.kind === 'match') return true
        if (instruction.kind === 'set') waiting.push(index)
        else if (instruction.kind === 'split') pending.push(instruction.other, instruction.next)
        else if (instruction.kind === 'mark') pending.push(instruction.next)
        else if (isAt(instruction.place, before, here)) pending.push(instruction.next)
      }
      return false
    }

    for (const index of following) if (reach(index)) return true
    if (reach(start)) return true
    if (here === outside) return false
    following = []
    for (const index of waiting) {
      const instruction = instructions[index]!
      if (instruction.kind === 'set' && instruction.set.has(here)) following.push(instruction.next)
    }
    waiting = []
    before = here
    at += here > 0xffff ? 2 : 1
  }
}

export function isAt(place: Place, before: number, here: number): boolean {
  switch (place) {
    case 'textStart':
      return before === outside
    case 'textEnd':
      return here === outside
    case 'lineStart':
      return before === outside || before === lineFeed
    case 'lineEnd':
      return here === outside || here === lineFeed
    case 'wordEdge':
      return isWord(before) !== isWord(here)
    case 'noWordEdge':
      return isWord(before) === isWord(here)
  }
}

function isWord(codePoint: number): boolean {
  const isDigit = codePoint >= 0x30 && codePoint <= 0x39
  const isLetter = (codePoint >= 0x41 && codePoint <= 0x5a) || (codePoint >= 0x61 && codePoint <= 0x7a)
  return isDigit || isLetter || codePoint === 0x5f
}
