import { defineCommand, expectArguments } from '../command.ts'
import { CommandUsageError, orComplain } from '../command-errors.ts'

export const reload = defineCommand({
  usage: 'reload [flags]',
  about: 'Has the agent read its configuration anew.',
  flags: {},
  async run({ args, client, terminal }) {
    expectArguments(args, 0)
    await orComplain('Error reloading', client.agent.reload())
    terminal.print('Configuration reload triggered')
    return 0
  },
})

export const info = defineCommand({
  usage: 'info [flags]',
  about: 'Shows figures of the agent, section by section.',
  flags: {},
  async run({ args, client, terminal }) {
    expectArguments(args, 0)
    const { Stats } = await orComplain('Error querying agent', client.agent.self())
    for (const [section, figures] of sorted(Stats ?? {})) {
      terminal.print(`${section}:`)
      for (const [name, value] of sorted(figures)) terminal.print(`\t${name} = ${value}`)
    }
    return 0
  },
})

export const monitor = defineCommand({
  usage: 'monitor [flags]',
  about: 'Shows the log of the agent as it is written, until it is interrupted.',
  flags: {
    'log-level': { type: 'text', argument: 'level', default: 'INFO', help: 'Least serious records to show.' },
    'log-json': { type: 'boolean', help: 'JSON lines in place of text.' },
  },
  async run({ flags, args, client, terminal }) {
    expectArguments(args, 0)
    const pieces = client.agent.monitor({
      level: flags['log-level'],
      json: flags['log-json'] ?? false,
      signal: terminal.interrupted,
    })
    const show = async () => {
      for await (const piece of pieces) terminal.write(piece)
    }
    await orComplain('Error starting monitor', show()).catch((error: unknown) => {
      if (!terminal.interrupted.aborted) throw error
    })
    return 0
  },
})

export const maint = defineCommand({
  usage: 'maint [flags]',
  about:
    'Takes the node, or one of its services, out of discovery for maintenance, and back.\nWithout a flag it lists what is in maintenance.',
  flags: {
    enable: { type: 'boolean', help: 'Begin.' },
    disable: { type: 'boolean', help: 'End.' },
    reason: { type: 'text', help: 'Stands beside the critical check for others to see.' },
    service: { type: 'text', argument: 'id', help: 'Only this service, by its id.' },
  },
  async run({ flags, args, client, terminal }) {
    expectArguments(args, 0)
    const { enable = false, disable = false, reason, service } = flags
    if (enable && disable) throw new CommandUsageError('Only one of -enable or -disable may be provided')
    if (!enable && reason !== undefined) throw new CommandUsageError('Reason may only be provided with -enable')
    if (!enable && !disable) {
      if (service !== undefined) throw new CommandUsageError('Ambiguous use of -service: say -enable or -disable')
      const { Config } = await orComplain('Error querying Consul agent', client.agent.self())
      const checks = await orComplain('Error getting checks', client.agent.checks())
      for (const { CheckID, ServiceID, Notes } of Object.values(checks)) {
        if (CheckID === '_node_maintenance') {
          terminal.print(`Node:\n  Name:   ${Config.NodeName}\n  Reason: ${Notes}\n`)
        } else if (CheckID.startsWith('_service_maintenance:')) {
          terminal.print(`Service:\n  ID:     ${ServiceID}\n  Reason: ${Notes}\n`)
        }
      }
      return 0
    }
    const word = enable ? 'enabled' : 'disabled'
    const attempt = `Error ${enable ? 'enabling' : 'disabling'} ${service === undefined ? 'node' : 'service'} maintenance`
    await orComplain(attempt, client.agent.maintenance(enable, { service, reason }))
    terminal.print(
      service === undefined
        ? `Node maintenance is now ${word}`
        : `Service maintenance is now ${word} for ${JSON.stringify(service)}`,
    )
    return 0
  },
})

function sorted<T>(values: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))
}
