import type { KvEntry } from '../../../client/types.ts'
import { defineCommand, expectArguments } from '../../command.ts'
import { CommandError, CommandUsageError, orComplain } from '../../command-errors.ts'
import { columns } from '../../print.ts'

export const kvGet = defineCommand({
  usage: 'kv get [flags] [KEY or PREFIX]',
  about: 'Prints the value of a key; with -recurse all keys and values below a prefix, with -keys\nonly their names.',
  asksServers: true,
  flags: {
    base64: { type: 'boolean', help: 'Values in base64, for those that are no text.' },
    detailed: { type: 'boolean', help: 'Also what is known besides the value.' },
    keys: { type: 'boolean', help: 'Names below the prefix, as far as the separator.' },
    recurse: { type: 'boolean', help: 'Everything below the prefix.' },
    separator: { type: 'text', default: '/', help: 'Where -keys cuts names off; empty shows them whole.' },
  },
  async run({ flags, args, client, read, terminal }) {
    expectArguments(args, 0, 1)
    const { base64 = false, detailed = false, keys = false, recurse = false, separator } = flags
    const key = (args[0] ?? '').replace(/^\//, '')
    if (key === '' && !keys && !recurse) throw new CommandUsageError('Error! Missing KEY argument')
    const attempt = 'Error querying Consul agent'
    if (keys && !recurse) {
      const { value: names } = await orComplain(attempt, client.kv.keys(key, { ...read, separator }))
      for (const name of names) terminal.print(name)
      return 0
    }
    if (recurse) {
      const { value: entries } = await orComplain(attempt, client.kv.list(key, read))
      if (detailed) terminal.print(entries.map((entry) => details(entry, base64)).join('\n\n'))
      else for (const entry of entries) terminal.print(keys ? entry.Key : `${entry.Key}:${shown(entry, base64)}`)
      return 0
    }
    const { value: entry } = await orComplain(attempt, client.kv.get(key, read))
    if (entry === undefined) throw new CommandError(`Error! No key exists at: ${key}`)
    if (detailed) terminal.print(details(entry, base64))
    else if (base64) terminal.print(shown(entry, true))
    else {
      // Bytes that are no text leave as they are.
      terminal.write(Buffer.concat([entry.Value ?? Buffer.alloc(0), Buffer.from('\n')]))
    }
    return 0
  },
})

function shown({ Value }: KvEntry, base64: boolean): string {
  return (Value ?? Buffer.alloc(0)).toString(base64 ? 'base64' : 'utf8')
}

function details(entry: KvEntry, base64: boolean): string {
  const { CreateIndex, Flags, Key, LockIndex, ModifyIndex, Session } = entry
  const facts = { CreateIndex, Flags, Key, LockIndex, ModifyIndex, Session: Session || '-' }
  const rows = Object.entries(facts).map(([name, value]) => [name, String(value)])
  return columns([...rows, ['Value', shown(entry, base64)]], 6)
}
