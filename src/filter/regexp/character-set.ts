/**
 * Sets of single characters. Each test is a JavaScript expression that can only match one character, so nothing can
 * backtrack, and Unicode's properties and simple case folding come from the runtime.
 */

/** A union of members; `body` is the inside of a JavaScript class in `u` mode, e.g. `a-z\u{41}`. */
export interface SetMember {
  readonly body: string
  readonly negated: boolean
}

export interface CharacterSet {
  has(codePoint: number): boolean
}

const asciiSize = 128

/** `foldCase` makes members match in any letter case, and negation comes after that: `(?i)[^a]` excludes A too. */
export function characterSet(members: readonly SetMember[], negated: boolean, foldCase: boolean): CharacterSet {
  const flags = foldCase ? 'iu' : 'u'
  const plain = members.filter((member) => !member.negated).map((member) => member.body)
  const tests = members
    .filter((member) => member.negated)
    .map((member) => ({ test: new RegExp(`^[${member.body}]$`, flags), wanted: false }))
  if (plain.length > 0) tests.push({ test: new RegExp(`^[${plain.join('')}]$`, flags), wanted: true })

  const decide = (codePoint: number): boolean => {
    const character = String.fromCodePoint(codePoint)
    return tests.some(({ test, wanted }) => test.test(character) === wanted) !== negated
  }
  const ascii = new Uint8Array(asciiSize)
  return {
    has(codePoint) {
      if (codePoint >= asciiSize) return decide(codePoint)
      if (ascii[codePoint] === 0) ascii[codePoint] = decide(codePoint) ? 2 : 1
      return ascii[codePoint] === 2
    },
  }
}

export function single(codePoint: number): CharacterSet {
  return { has: (other) => other === codePoint }
}

export const anyCharacter: CharacterSet = { has: () => true }
export const anyButLineFeed: CharacterSet = { has: (codePoint) => codePoint !== 0x0a }

export function range(low: number, high: number): SetMember {
  return { body: `${written(low)}-${written(high)}`, negated: false }
}

function written(codePoint: number): string {
  return `\\u{${codePoint.toString(16)}}`
}

/** `\d`, `\s`, `\w` and their opposites: ASCII only, and no vertical tab among the blanks (RE2 syntax, "Perl classes"). */
export function perlClass(letter: string): SetMember | undefined {
  const body = perlClasses.get(letter.toLowerCase())
  return body === undefined ? undefined : { body, negated: letter !== letter.toLowerCase() }
}

const perlClasses = new Map([
  ['d', '0-9'],
  ['s', '\\t\\n\\f\\r '],
  ['w', '0-9A-Za-z_'],
])

/** `[:alpha:]` and `[:^alpha:]`, named without brackets and colons. */
export function asciiClass(name: string): SetMember | undefined {
  const negated = name.startsWith('^')
  const body = asciiClasses.get(negated ? name.slice(1) : name)
  return body === undefined ? undefined : { body, negated }
}

const asciiClasses = new Map([
  ['alnum', '0-9A-Za-z'],
  ['alpha', 'A-Za-z'],
  ['ascii', '\\x00-\\x7F'],
  ['blank', '\\t '],
  ['cntrl', '\\x00-\\x1F\\x7F'],
  ['digit', '0-9'],
  ['graph', '!-~'],
  ['lower', 'a-z'],
  ['print', ' -~'],
  ['punct', '!-\\/:-@\\[-`\\{-~'],
  ['space', '\\t\\n\\v\\f\\r '],
  ['upper', 'A-Z'],
  ['word', '0-9A-Za-z_'],
  ['xdigit', '0-9A-Fa-f'],
])

/** A general category (`L`, `Nd`), a script (`Greek`) or `Any`; unassigned characters belong to no category, as in Go. */
export function unicodeClass(name: string, negated: boolean): SetMember | undefined {
  if (name === 'Any') return { body: '\\u{0}-\\u{10ffff}', negated }
  if (name === 'C') return { body: '\\p{Cc}\\p{Cf}\\p{Co}\\p{Cs}', negated }
  const isCategory = /^[LMNPSZC][a-z]?$/.test(name) && name !== 'LC' && name !== 'Cn'
  const body = isCategory ? `\\p{${name}}` : `\\p{Script=${name}}`
  if (!/^[A-Z][A-Za-z_]*$/.test(name)) return undefined
  try {
    new RegExp(body, 'u')
    return { body, negated }
  } catch {
    // The runtime knows every name there is; it has no other way to be asked than to try one.
    return undefined
  }
}
