import { defineCommand, expectArguments } from '../../command.ts'
import { CommandError, CommandUsageError, orComplain } from '../../command-errors.ts'

export const kvDelete = defineCommand({
  usage: 'kv delete [flags] KEY or PREFIX',
  about: 'Deletes a key, or with -recurse everything below a prefix.',
  asksServers: true,
  flags: {
    cas: { type: 'boolean', help: 'Delete only when the key still has -modify-index.' },
    'modify-index': { type: 'integer', default: 0, help: 'Expected ModifyIndex.' },
    recurse: { type: 'boolean', help: 'Everything below the prefix.' },
  },
  async run({ flags, args, client, terminal }) {
    if (args.length === 0) throw new CommandUsageError('Error! Missing KEY argument')
    expectArguments(args, 1)
    const { cas = false, recurse = false } = flags
    const key = args[0]!.replace(/^\//, '')
    // An empty key with -recurse is everything there is: only who says so in full may mean it.
    if (key === '' && !recurse) throw new CommandUsageError('Error! Missing KEY argument')
    if (cas && recurse) throw new CommandUsageError('Cannot specify both -cas and -recurse!')
    const modifyIndex = flags['modify-index']
    if (cas && modifyIndex === 0) throw new CommandUsageError('Must specify a -modify-index greater than 0 with -cas!')
    if (!cas && modifyIndex !== 0) throw new CommandUsageError('Cannot specify -modify-index without -cas!')
    const deleted = await orComplain(
      `Error! Did not delete ${recurse ? 'prefix' : 'key'} ${key}`,
      client.kv.delete(key, { recurse, ...(cas && { cas: modifyIndex }) }),
    )
    if (!deleted) throw new CommandError(`Error! Did not delete key ${key}: CAS failed`)
    terminal.print(recurse ? `Success! Deleted keys with prefix: ${key}` : `Success! Deleted key: ${key}`)
    return 0
  },
})
