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

interface Observer {
  readonly observe: (record: LogRecord) => void
  /** Undefined follows the log's own. */
  readonly level: LogLevel | undefined
}

/** The agent's log: one sink, one level that may change on reload, many loggers, and observers of each record. */
export class Log {
  readonly #root: PinoLogger
  readonly #observers = new Set<Observer>()
  /** What is printed. Records are made from the lowest level that anybody wants. */
  #level: LogLevel

  constructor(options: LogOptions) {
    this.#level = options.level
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

  /** A logger for a module, such as `agent` or `agent.raft`. The log keeps nothing of it: every check gets one of its own. */
  logger(module: string): Logger {
    const root = this.#root
    const at = (level: LogLevel) => (message: string, fields?: LogFields) =>
      root[level]({ '@module': module, ...fields }, message)
    return {
      trace: at('trace'),
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      enabled: (level) => root.isLevelEnabled(level),
      named: (name) => this.logger(`${module}.${name}`),
    }
  }

  setLevel(level: LogLevel): void {
    this.#level = level
    this.#adjust()
  }

  /**
   * Calls `observer` with each record from now on; the returned function ends that. With a `level` it sees the records from
   * that level on, whatever the log's own is; without one, those that are printed.
   */
  observe(observe: (record: LogRecord) => void, level?: LogLevel): () => void {
    const observer = { observe, level }
    this.#observers.add(observer)
    this.#adjust()
    return () => {
      this.#observers.delete(observer)
      this.#adjust()
    }
  }

  #adjust(): void {
    const wanted = [this.#level, ...[...this.#observers].map(({ level }) => level ?? this.#level)]
    this.#root.level = logLevels.find((level) => wanted.includes(level))!
  }

  #emit(line: string, json: boolean, write: (line: string) => void): void {
    const printsAll = this.#root.level === this.#level
    if (json && printsAll) write(line)
    if (json && printsAll && this.#observers.size === 0) return
    const record = recordOf(line)
    const isPrinted = printsAll || reaches(record.level, this.#level)
    if (!json && isPrinted) write(`${formatRecord(record)}\n`)
    if (json && !printsAll && isPrinted) write(line)
    for (const { observe, level } of this.#observers) {
      if (level === undefined ? isPrinted : reaches(record.level, level)) observe(record)
    }
  }
}

function reaches(level: LogLevel, threshold: LogLevel): boolean {
  return logLevels.indexOf(level) >= logLevels.indexOf(threshold)
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
