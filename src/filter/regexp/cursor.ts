/** A position in a pattern that moves by whole characters. */
export class Cursor {
  at = 0
  readonly source: string

  constructor(source: string) {
    this.source = source
  }

  get atEnd(): boolean {
    return this.at >= this.source.length
  }

  /** The next character, or the empty string at the end. */
  peek(): string {
    return this.atEnd ? '' : String.fromCodePoint(this.source.codePointAt(this.at)!)
  }

  read(): string {
    const character = this.peek()
    this.at += character.length
    return character
  }

  /** Moves over `text` when it stands here. */
  take(text: string): boolean {
    if (!this.source.startsWith(text, this.at)) return false
    this.at += text.length
    return true
  }

  /** Moves over what a sticky expression matches here. */
  takeMatch(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.at
    const found = sticky.exec(this.source)
    if (!found) return undefined
    this.at += found[0].length
    return found
  }

  since(start: number): string {
    return this.source.slice(start, this.at)
  }
}
