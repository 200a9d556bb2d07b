import { ConsulClient } from '../client/client.ts'
import type { ReadOptions } from '../client/query.ts'
import { CommandError, CommandUsageError } from './command-errors.ts'
import { type FlagDeclaration, type FlagDeclarations, type FlagValues, parseFlags } from './command-flags.ts'
import { columns } from './print.ts'
import type { Terminal } from './terminal.ts'

/** A command that talks to an agent. */
export interface AgentCommand<F extends FlagDeclarations> {
  /** Behind `proconsul`: `kv get [flags] [KEY]`. */
  readonly usage: string
  /** What it does, in sentences of at most 80 columns. */
  readonly about: string
  /** Asks servers, so that `-datacenter` and `-stale` say something. */
  readonly asksServers?: boolean
  readonly flags: F
  /** Resolves with the exit status. */
  run(call: Call<F>): Promise<number>
}

export interface Call<F extends FlagDeclarations> {
  readonly flags: FlagValues<F>
  /** What follows the flags. */
  readonly args: readonly string[]
  readonly client: ConsulClient
  /** What `-stale` says, for every read of the command. */
  readonly read: ReadOptions
  readonly terminal: Terminal
}

/** For the types: ties `run` to the flags declared beside it. */
export function defineCommand<const F extends FlagDeclarations>(command: AgentCommand<F>): AgentCommand<F> {
  return command
}

/** Flags of every command that talks to an agent. */
const agentFlags = {
  'http-addr': {
    type: 'text',
    argument: 'address',
    help: 'Agent to ask: host:port, an https:// or unix:// address. Default: CONSUL_HTTP_ADDR, else 127.0.0.1:8500.',
  },
  token: { type: 'text', help: 'ACL token to send. Default: CONSUL_HTTP_TOKEN.' },
  'token-file': { type: 'text', argument: 'path', help: 'File that holds the token. Default: CONSUL_HTTP_TOKEN_FILE.' },
  'ca-file': { type: 'text', argument: 'path', help: 'Certificates to trust with https. Default: CONSUL_CACERT.' },
  'ca-path': { type: 'text', argument: 'path', help: 'Folder of certificates to trust. Default: CONSUL_CAPATH.' },
  'client-cert': { type: 'text', argument: 'path', help: 'Our certificate. Default: CONSUL_CLIENT_CERT.' },
  'client-key': { type: 'text', argument: 'path', help: 'Key of our certificate. Default: CONSUL_CLIENT_KEY.' },
  'tls-server-name': {
    type: 'text',
    argument: 'name',
    help: 'Name expected in the certificate of the agent. Default: CONSUL_TLS_SERVER_NAME.',
  },
} as const satisfies FlagDeclarations

const serverFlags = {
  datacenter: { type: 'text', argument: 'name', help: 'Datacenter to ask; that of the agent when left out.' },
  stale: { type: 'boolean', help: 'Let any server answer, which may know a little less than the leader.' },
} as const satisfies FlagDeclarations

/** Runs a command on its arguments; resolves with the exit status. Complaints of the command are printed, not thrown. */
export async function runCommand<F extends FlagDeclarations>(
  command: AgentCommand<F>,
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  let client: ConsulClient | undefined
  try {
    const declared = { ...command.flags, ...agentFlags, ...serverFlags }
    const parsed = parseFlags(args, command.asksServers ? declared : { ...command.flags, ...agentFlags })
    if (parsed.help) {
      terminal.print(commandHelp(command))
      return 0
    }
    const common = parsed.flags as FlagValues<typeof agentFlags & Partial<typeof serverFlags>>
    client = openClient(common, terminal)
    const read: ReadOptions = common.stale ? { consistency: 'stale' } : {}
    return await command.run({ flags: parsed.flags as FlagValues<F>, args: parsed.args, client, read, terminal })
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    terminal.complain(error.message)
    if (error instanceof CommandUsageError) terminal.complain(`\n${usageLine(command)}\nMore with -help.`)
    return error.exitStatus
  } finally {
    client?.close()
  }
}

function openClient(
  flags: FlagValues<typeof agentFlags & Partial<typeof serverFlags>>,
  terminal: Terminal,
): ConsulClient {
  const settings = {
    address: flags['http-addr'],
    token: flags.token,
    tokenFile: flags['token-file'],
    datacenter: flags.datacenter,
    caFile: flags['ca-file'],
    caPath: flags['ca-path'],
    certificateFile: flags['client-cert'],
    keyFile: flags['client-key'],
    tlsServerName: flags['tls-server-name'],
  }
  const given = Object.entries(settings).filter(([, value]) => value !== undefined)
  return new ConsulClient(Object.fromEntries(given), { environment: terminal.environment })
}

/** @throws CommandUsageError unless there are as many arguments as the command takes */
export function expectArguments(args: readonly string[], least: number, most = least): void {
  const wanted = least === most ? String(least) : `${least} to ${most}`
  if (args.length < least) throw new CommandUsageError(`Not enough arguments (expected ${wanted}, got ${args.length})`)
  if (args.length > most) throw new CommandUsageError(`Too many arguments (expected ${wanted}, got ${args.length})`)
}

/** The text behind `-help`. */
export function commandHelp(command: Omit<AgentCommand<FlagDeclarations>, 'run'>): string {
  const own = flagRows(command.flags)
  return [
    usageLine(command),
    '',
    indent(command.about),
    ...(own.length === 0 ? [] : ['', 'Flags', indent(columns(own))]),
    '',
    'How to reach the agent',
    indent(columns(flagRows(command.asksServers ? { ...agentFlags, ...serverFlags } : agentFlags))),
  ].join('\n')
}

function usageLine({ usage }: { readonly usage: string }): string {
  return `Usage: proconsul ${usage}`
}

const argumentWords: Readonly<Record<FlagDeclaration['type'], string>> = {
  boolean: '',
  text: 'text',
  integer: 'number',
  duration: 'duration',
  list: 'text',
  pairs: 'name=value',
}

function flagRows(flags: FlagDeclarations): [string, string][] {
  return Object.entries(flags).map(([name, { type, argument, help, ...more }]) => [
    type === 'boolean' ? `-${name}` : `-${name}=<${argument ?? argumentWords[type]}>`,
    'default' in more && more.default !== undefined ? `${help} Default: ${more.default}.` : help,
  ])
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ')
}
