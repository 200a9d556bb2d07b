import { flushCompileCache } from 'node:module'
import type { Configuration } from '../config/load.ts'
import { planReload } from '../config/reload.ts'
import { Agent, type AgentSetup } from '../kernel/agent.ts'
import { systemClock } from '../kernel/clock.ts'
import { ConfigError, ProconsulError } from '../kernel/errors.ts'
import { Log, type LogLevel } from '../kernel/log.ts'
import { type AnyPlugin, definePlugin } from '../kernel/plugin.ts'
import { systemRandom } from '../kernel/random.ts'
import { agentOwner } from './agent-options.ts'
import { type Assembly, type AssemblyInput, assemble, ownersOf } from './assemble.ts'
import { banner } from './banner.ts'
import { describeError } from './describe-error.ts'
import { leaveInTime, leavesOn } from './leaving.ts'
import { writePidFile } from './pid-file.ts'
import { writeError, writeLine } from './print.ts'
import { onSignals } from './signals.ts'
import { systemdPlugin } from './systemd.ts'

/** `proconsul agent`: runs until a signal or a fault ends it. Returns the exit status. */
export async function runAgent(input: AssemblyInput): Promise<number> {
  const assembly = await assemble(input)
  const [extra] = assembly.arguments.rest
  if (extra !== undefined) {
    throw new ConfigError(`"${extra}" is no flag, and the agent takes nothing else; did you mean -${extra}?`)
  }
  const options = assembly.configuration.valuesOf(agentOwner)
  const log = new Log({
    level: logLevelOf(options.logLevel),
    json: options.logJson,
    nowMs: () => systemClock.wallMs(),
  })

  // Reloads follow one another, each measured against what the one before it left.
  let configuration = Promise.resolve(assembly.configuration)
  const reloadInTurn = async () => {
    const before = configuration
    const after = before.then((held) => reload(input, held, agent, log))
    // One that failed changed nothing, and whoever asked for it is told.
    configuration = after.catch(() => before)
    await after
  }
  const ended = Promise.withResolvers<number>()
  const onFatal = (error: unknown) => {
    writeError(`==> ${describeError(error)}`)
    void agent.stop().then(() => ended.resolve(1))
  }
  const stop = (status: number) => void agent.stop().then(() => ended.resolve(status))
  const agent = createAgent(assembly, log, onFatal, { onReload: reloadInTurn, onLeft: () => stop(0) })
  let started = false

  if (!options.logJson) writeLine('==> Starting Proconsul agent...')
  const removePidFile = options.pidFile === undefined ? () => undefined : writePidFile(options.pidFile)
  const unlisten = onSignals({
    stop(signal) {
      log.logger('agent').info('Caught', { signal: signal.toLowerCase() })
      const server = assembly.configuration.values.get('node')?.server === true
      // Whoever has not finished starting has met nobody to say goodbye to.
      if (started && leavesOn(signal, { server, ...options })) void leave(agent, log).then(ended.resolve)
      else stop(0)
    },
    giveUp: () => process.exit(1),
    reload: () => {
      // The log has said what was wrong; a signal has nobody else to tell.
      reloadInTurn().catch(() => undefined)
    },
  })
  try {
    // A signal also ends an agent that is still starting: a plugin may wait there for something that never comes.
    await Promise.race([agent.start(), ended.promise])
    started = true
    keepCompiledCode()
    return await ended.promise
  } finally {
    unlisten()
    removePidFile()
  }
}

/** Node keeps compiled code at exit, which an agent that is killed never reaches: once started, most of it is known. */
function keepCompiledCode(): void {
  setTimeout(flushCompileCache, 2000).unref()
}

/** An agent of the assembled plugins that prints the banner before anything else opens. */
export function createAgent(
  assembly: Assembly,
  log: Log,
  onFatal: (error: unknown) => void,
  told: Pick<AgentSetup, 'onReload' | 'onLeft'> = {},
): Agent {
  const { configuration } = assembly
  const json = configuration.valuesOf(agentOwner).logJson
  return new Agent({
    plugins: [
      ...assembly.plugins,
      { plugin: bannerPlugin(assembly, json), origin: 'bundled' },
      ...(process.env.NOTIFY_SOCKET ? [{ plugin: systemdPlugin as AnyPlugin, origin: 'bundled' }] : []),
    ],
    optionsOf: ({ name }) => configuration.values.get(name) ?? {},
    log,
    clock: systemClock,
    random: systemRandom,
    onFatal,
    ...told,
  })
}

/** Leaves the cluster, then stops. Resolves with the exit status. */
async function leave(agent: Agent, log: Log): Promise<number> {
  const logger = log.logger('agent')
  logger.info('Gracefully shutting down agent...')
  if (await leaveInTime(() => agent.leave(), systemClock)) {
    logger.info('Graceful exit completed')
    return 0
  }
  logger.error('Timeout on graceful leave. Exiting')
  return 1
}

/** Starts right behind `node`, which it needs, and before all others: who we are is said before they begin to log. */
function bannerPlugin({ configuration, disabled }: Assembly, json: boolean) {
  return definePlugin({
    name: 'banner',
    summary: 'says who this agent is, and what in its configuration deserves a second look',
    requires: ['node'],
    setup(agent) {
      const node = agent.services.get('node')
      agent.hooks.start.tapPromise({ name: 'banner', stage: -100 }, async () => {
        if (!json) {
          const bootstrap = Boolean(configuration.values.get('raft')?.bootstrap)
          const encrypted = Boolean(configuration.values.get('gossip')?.encrypt)
          writeLine(banner(node, { bootstrap, encrypted }))
          writeLine('\n==> Log data will now stream in as it occurs:\n')
        }
        for (const warning of configuration.warnings) agent.log.warn(warning)
        if (disabled.length > 0) agent.log.info('plugins switched off', { plugins: disabled.join(',') })
      })
    },
  })
}

/** Reads the configuration anew and hands on what may change; one that cannot be used changes nothing, and is thrown. */
async function reload(input: AssemblyInput, before: Configuration, agent: Agent, log: Log): Promise<Configuration> {
  const logger = log.logger('agent')
  logger.info('Reloading configuration...')
  try {
    const { configuration, plugins } = await assemble(input)
    const owners = ownersOf(plugins.map(({ plugin }) => plugin))
    const { values, changed, needRestart } = planReload(before, configuration, owners)
    log.setLevel(logLevelOf((values.get(agentOwner.name) as { logLevel: string }).logLevel))
    await agent.reload(({ name }) => values.get(name) ?? {})
    if (needRestart.length > 0) logger.warn('settings that wait for the next start', { keys: needRestart.join(',') })
    logger.info('Configuration reloaded', { changed: changed.join(',') || 'nothing' })
    return configuration
  } catch (error) {
    logger.error('configuration not reloaded: the agent goes on with the old one', { error })
    throw error
  }
}

const levels: Readonly<Record<string, LogLevel>> = {
  trace: 'trace',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  warning: 'warn',
  err: 'error',
  error: 'error',
}

function logLevelOf(written: string): LogLevel {
  const level = levels[written.toLowerCase()]
  if (level === undefined) {
    throw new InvalidLogLevelError(`log_level: "${written}" is none of TRACE, DEBUG, INFO, WARN and ERR`)
  }
  return level
}

/** The log level is no word we know. */
class InvalidLogLevelError extends ProconsulError {
  override readonly code = 'log_level'
  override readonly status = 400
}
