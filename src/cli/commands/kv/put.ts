import { defineCommand, expectArguments } from '../../command.ts'
import { CommandError, CommandUsageError, orComplain } from '../../command-errors.ts'
import { givenData } from '../given-data.ts'

/** Any 64-bit number, as KV flags are. */
const unsigned64 = /^\d{1,20}$/

export const kvPut = defineCommand({
  usage: 'kv put [flags] KEY [DATA]',
  about: 'Writes a key. DATA is the value, or @FILE for what stands in a file, or - for standard input.',
  asksServers: true,
  flags: {
    acquire: { type: 'boolean', help: 'Take the lock of the key for the session.' },
    release: { type: 'boolean', help: 'Give back the lock that the session holds.' },
    session: { type: 'text', argument: 'id', help: 'Session for -acquire and -release.' },
    base64: { type: 'boolean', help: 'DATA is base64.' },
    cas: { type: 'boolean', help: 'Write only when the key still has -modify-index.' },
    'modify-index': { type: 'integer', help: 'Expected ModifyIndex; 0 only creates.' },
    flags: { type: 'text', argument: 'number', default: '0', help: 'A number of up to 64 bits to store with the key.' },
  },
  async run({ flags: given, args, client, terminal }) {
    if (args.length === 0) throw new CommandUsageError('Error! Missing KEY argument')
    expectArguments(args, 1, 2)
    const key = args[0]!.replace(/^\//, '')
    if (key === '') throw new CommandUsageError('Error! Missing KEY argument')
    const { acquire = false, release = false, session, base64 = false, cas = false } = given
    if (acquire && release) throw new CommandUsageError('Error! Cannot specify both -acquire and -release')
    if ((acquire || release) && session === undefined) {
      throw new CommandUsageError(`Error! Missing -session (required with -${acquire ? 'acquire' : 'release'})`)
    }
    if (cas && (acquire || release)) throw new CommandUsageError('Error! -cas goes with neither -acquire nor -release')
    const modifyIndex = given['modify-index']
    if (cas && modifyIndex === undefined) throw new CommandUsageError('Error! Must specify -modify-index with -cas')
    if (!unsigned64.test(given.flags)) throw new CommandUsageError(`Error! -flags ${given.flags} is no number`)
    const data = await givenData(args[1] ?? '', terminal)
    const value = base64 ? decoded(data) : data
    const applied = await orComplain(
      'Error! Failed writing data',
      client.kv.put(key, value, {
        flags: BigInt(given.flags),
        ...(cas && { cas: modifyIndex }),
        ...(acquire && { acquire: session }),
        ...(release && { release: session }),
      }),
    )
    if (!applied) {
      if (cas) throw new CommandError(`Error! Did not write to ${key}: CAS failed`)
      if (acquire) throw new CommandError('Error! Did not acquire lock')
      throw new CommandError(release ? 'Error! Did not release lock' : 'Error! Did not write data')
    }
    if (acquire) terminal.print(`Success! Lock acquired on: ${key}`)
    else terminal.print(release ? `Success! Lock released on: ${key}` : `Success! Data written to: ${key}`)
    return 0
  },
})

function decoded(data: Buffer): Buffer {
  const text = data.toString('latin1').replace(/\s+/g, '')
  const value = Buffer.from(text, 'base64')
  if (value.toString('base64') !== text) throw new CommandError('Error! Cannot base 64 decode data')
  return value
}
