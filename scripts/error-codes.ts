import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One error of ours, as its class declares it. */
export interface ErrorCode {
  readonly code: string
  /** The HTTP status an answer carries; 500 unless the class says otherwise. */
  readonly status: string
  /** The class's comment on one line. */
  readonly meaning: string
  readonly file: string
}

const classPattern =
  /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n(?:export )?(?:abstract )?class (\w+) extends (\w+) \{([\s\S]*?)\n\}/g

interface ErrorClass extends Omit<ErrorCode, 'code' | 'status'> {
  readonly name: string
  readonly parent: string
  readonly code: string | undefined
  readonly status: string | undefined
}

/** Every error class below the given folders that has a code of its own, by code. */
export function errorCodes(root: string, folders: readonly string[]): ErrorCode[] {
  const classes = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .flatMap((file) => classesIn(join(folder, file), readFileSync(join(root, folder, file), 'utf8'))),
  )
  const byName = new Map(classes.map((one) => [one.name, one]))
  const statusOf = (name: string): string => {
    const one = byName.get(name)
    return one === undefined ? '500' : (one.status ?? statusOf(one.parent))
  }
  return classes
    .flatMap(({ code, name, meaning, file }) =>
      code === undefined ? [] : [{ code, status: statusOf(name), meaning, file }],
    )
    .sort((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : 0))
}

function classesIn(file: string, text: string): ErrorClass[] {
  return [...text.matchAll(classPattern)].map(([, comment, name, parent, body]) => ({
    name: name!,
    parent: parent!,
    code: /readonly code(?:: string)? = '([^']+)'/.exec(body!)?.[1],
    status:
      /readonly status(?:: number)? = (\d+)/.exec(body!)?.[1] ?? (/status: number/.test(body!) ? 'varies' : undefined),
    meaning: comment!
      .split('\n')
      .map((line) => line.replace(/^\s*\*?\s?/, ''))
      .join(' ')
      .trim(),
    file,
  }))
}
