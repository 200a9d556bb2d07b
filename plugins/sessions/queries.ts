import { sessionKey } from '../../src/rules/session-ids.ts'
import type { Question } from '../../src/store/live-query.ts'
import type { View } from '../../src/store/view.ts'
import { list, message } from '../../src/wire/schema.ts'
import { Session } from '../../src/wire/structs/session.ts'
import { nodeKey, sessions } from './tables.ts'

const SessionList = message(list(Session))

/** One session, as a list that is empty when it is not there. */
export function sessionQuestion(id: string): Question<readonly Session[]> {
  const key = sessionKey(id)
  return question(`info/${key}`, (view) => {
    const row = view.table(sessions).get(key)
    return row === undefined ? [] : [row]
  })
}

/** Every session, by id. */
export function sessionsQuestion(): Question<readonly Session[]> {
  return question('list', (view) => view.table(sessions).list())
}

/** The sessions of one node, by id. */
export function nodeSessionsQuestion(node: string): Question<readonly Session[]> {
  const key = nodeKey(node)
  return question(`node/${key}`, (view) => view.table(sessions).index('byNode').get(key))
}

function question(key: string, read: (view: View) => readonly Session[]): Question<readonly Session[]> {
  return {
    key: `sessions/${key}`,
    read,
    index: (view) => view.tableIndex('sessions'),
    encode: (rows) => Buffer.from(SessionList.toJson([...rows])),
    same: (a, b) => a.length === b.length && a.every((row, at) => row === b[at]),
  }
}
