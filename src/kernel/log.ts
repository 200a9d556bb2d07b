import { type Logger as PinoLogger, pino } from 'pino'

/** Names as Consul's users type them in `log_level`. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

/** Facts beside the message, printed as `key=value` or as JSON members. */
export type LogFields = Readonly<Record<string, unknown>>

export interface LogRecord {
  /** RFC 3339 in UTC, with milliseconds. */
  readonly time: string
  readonly level: LogLevel
  /** Dotted, such as `agent.raft`. */
  readonly module: string
  readonly message: string
  readonly fields: LogFields
}

/** Writes records of one module. */
export interface Logger {
  trace(message: string, fields?: LogFields): void
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** Whether records of this level are written: asked where making one up costs something. */
  enabled(level: LogLevel): boolean
  /** A logger whose module is this one's with `.name` behind it. */
  named(name: string): Logger
}

export interface LogOptions {
  readonly level: LogLevel
  /** JSON lines in hclog's field names in place of Consul's text layout. */
  readonly json: boolean
  /** Where lines go; standard output when left out. */
  readonly write?: (line: string) => void
  /** Wall clock in milliseconds. */
  readonly nowMs: () => number
}

/** The agent's log: one sink, one level that may change on reload, many loggers, and observers of each record. */
export class Log {
  readonly #root: PinoLogger
  readonly #observers = new Set<(record: LogRecord) => void>()
  readonly #loggers = new Set<PinoLogger>()

  constructor(options: LogOptions) {
    const write = options.write ?? ((line: string) => void process.stdout.write(line))
    this.#root = pino(
      {
        level: options.level,
        base: null,
        messageKey: '@message',
        timestamp: () => `,"@timestamp":"${new Date(options.nowMs()).toISOString()}"`,
        formatters: { level: (label) => ({ '@level': label }) },
        serializers: { error: describeError },
      },
      { write: (line: string) => this.#emit(line, options.json, write) },
    )
  }

  /** A logger for a module, such as `agent` or `agent.raft`. */
  logger(module: string): Logger {
    const child = this.#root.child({ '@module': module })
    child.level = this.#root.level
    this.#loggers.add(child)
    const at =
      (level: LogLevel) =>
      (message: string, fields: LogFields = {}) =>
        child[level](fields, message)
    return {
      trace: at('trace'),
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      enabled: (level) => child.isLevelEnabled(level),
      named: (name) => this.logger(`${module}.${name}`),
    }
  }

  setLevel(level: LogLevel): void {
    this.#root.level = level
    for (const logger of this.#loggers) logger.level = level
  }

  /** Calls `observer` with each record from now on; the returned function ends that. */
  observe(observer: (record: LogRecord) => void): () => void {
    this.#observers.add(observer)
    return () => this.#observers.delete(observer)
  }

  #emit(line: string, json: boolean, write: (line: string) => void): void {
    if (json) write(line)
    if (json && this.#observers.size === 0) return
    const record = recordOf(line)
    if (!json) write(`${formatRecord(record)}\n`)
    for (const observer of this.#observers) observer(record)
  }
}

function recordOf(line: string): LogRecord {
  const {
    '@timestamp': time,
    '@level': level,
    '@module': module,
    '@message': message,
    ...fields
  } = JSON.parse(line) as Record<string, unknown>
  return { time: String(time), level: level as LogLevel, module: String(module), message: String(message), fields }
}

/** One line in the layout of Consul's text log: time, level padded to seven, module, message, `key=value` pairs. */
export function formatRecord({ time, level, module, message, fields }: LogRecord): string {
  const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${formatValue(value)}`)
  return `${time} ${`[${level.toUpperCase()}]`.padEnd(7)} ${module}: ${message}${pairs.length > 0 ? `:${pairs.join('')}` : ''}`
}

function formatValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /^[^\s"=\p{Cc}]*$/u.test(text) ? text : JSON.stringify(text)
}

/** An error as the log shows it: its message with those of its causes, so that nothing of the story is lost. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${describeError(error.cause)}`
}
