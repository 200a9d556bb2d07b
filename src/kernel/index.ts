/** The public surface of the kernel: what plugin authors and the programs that run agents import. */
export { Agent, type AgentSetup, type PluginRecord } from './agent.ts'
export { assert, InvariantError } from './assert.ts'
export { type Clock, systemClock } from './clock.ts'
export { ConfigError, ProconsulError } from './errors.ts'
export {
  type CommandName,
  type Commands,
  type Fault,
  type Hooks,
  leaveStage,
  type Payloads,
  type RowChange,
  type TableName,
  type Tables,
} from './hooks.ts'
export { type LoadedPlugin, loadPlugin } from './loader.ts'
export { Log, type Logger, type LogLevel, type LogRecord, logLevels } from './log.ts'
export type { OptionDeclaration, OptionDeclarations, OptionValues } from './options.ts'
export { type AnyPlugin, definePlugin, type Owned, type Plugin, type PluginContext } from './plugin.ts'
export { type Random, systemRandom } from './random.ts'
export type { ServiceName, Services } from './services.ts'
export type { TaskRecord } from './tasks.ts'
