/**
 * What is wrong with a key as text, in the words of Go's base64 package, or undefined. Go skips line breaks, and names the
 * place of the first character that cannot stand where it is, or the beginning of an incomplete group of four.
 */
export function keyProblem(text: string): string | undefined {
  let group = 0
  let groupAt = 0
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (character === '\n' || character === '\r') continue
    if (group === 0) groupAt = at
    if (character === '=') {
      if (group < 2) return illegalAt(at)
      return paddingProblem(text, at, group)
    }
    if (!/[A-Za-z0-9+/]/.test(character)) return illegalAt(at)
    group = (group + 1) % 4
  }
  return group === 0 ? undefined : illegalAt(groupAt)
}

/** What may follow the first `=` behind `group` characters: the rest of the padding, and line breaks. */
function paddingProblem(text: string, at: number, group: number): string | undefined {
  const rest = [...text].map((character, place) => ({ character, place })).slice(at + 1)
  const visible = rest.filter(({ character }) => character !== '\n' && character !== '\r')
  if (group === 2) {
    const second = visible.shift()
    if (second === undefined) return illegalAt(text.length)
    if (second.character !== '=') return illegalAt(second.place)
  }
  const extra = visible[0]
  return extra === undefined ? undefined : illegalAt(extra.place)
}

function illegalAt(place: number): string {
  return `illegal base64 data at input byte ${place}`
}
