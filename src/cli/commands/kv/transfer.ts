import { bytes, list, message, parseJson, struct, text, uint64 } from '../../../wire/schema.ts'
import { defineCommand, expectArguments } from '../../command.ts'
import { CommandError, CommandUsageError, orComplain } from '../../command-errors.ts'
import { givenData } from '../given-data.ts'

/** A key as exports write it. */
const ExportedEntry = struct('ExportedEntry', { key: text(), flags: uint64(), value: bytes() })
const ExportedEntries = message(list(ExportedEntry))

export const kvExport = defineCommand({
  usage: 'kv export [flags] [PREFIX]',
  about: 'Prints everything below a prefix as JSON, values in base64, for kv import.',
  asksServers: true,
  flags: {},
  async run({ args, client, read, terminal }) {
    expectArguments(args, 0, 1)
    const prefix = (args[0] ?? '').replace(/^\//, '')
    const { value: entries } = await orComplain('Error querying Consul agent', client.kv.list(prefix, read))
    const objects = entries.map(({ Key, Flags, Value }) =>
      [
        '\t{',
        `\t\t"key": ${JSON.stringify(Key)},`,
        `\t\t"flags": ${Flags},`,
        `\t\t"value": "${Value?.toString('base64') ?? ''}"`,
        '\t}',
      ].join('\n'),
    )
    terminal.print(objects.length === 0 ? '[]' : `[\n${objects.join(',\n')}\n]`)
    return 0
  },
})

export const kvImport = defineCommand({
  usage: 'kv import [flags] DATA',
  about: 'Writes the keys of an export. DATA is its JSON, or @FILE, or - for standard input.',
  asksServers: true,
  flags: { prefix: { type: 'text', default: '', help: 'Goes in front of every key.' } },
  async run({ flags, args, client, terminal }) {
    if (args.length === 0) throw new CommandUsageError('Error! Missing DATA argument')
    expectArguments(args, 1)
    const entries = readExport(await givenData(args[0]!, terminal))
    for (const { key, flags: number, value } of entries) {
      const target = joined(flags.prefix, key)
      const written = client.kv.put(target, value ?? '', { flags: number })
      await orComplain(`Error! Failed writing data for key ${target}`, written)
      terminal.print(`Imported: ${target}`)
    }
    return 0
  },
})

function readExport(data: Buffer) {
  try {
    return ExportedEntries.fromJson(parseJson(data, { prefix: '' }), { prefix: '' }) ?? []
  } catch (error) {
    throw new CommandError(`Cannot unmarshal data: ${(error as Error).message}`, { cause: error })
  }
}

/** As Go joins paths: one slash between, none doubled; a folder's slash at the end stays. */
function joined(prefix: string, key: string): string {
  if (prefix === '') return key
  return `${prefix.replace(/\/+$/, '')}/${key.replace(/^\/+/, '')}`
}
