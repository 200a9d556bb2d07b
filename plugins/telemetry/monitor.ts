import { formatRecord, type LogRecord } from '../../src/kernel/log.ts'

/** Lines that wait for a slow reader; what comes on top is left out. */
const waitingMax = 512

/** One line of the log stream. */
export type LineFormat = (record: LogRecord) => string

export const textLine: LineFormat = (record) => `${formatRecord(record)}\n`

export const jsonLine: LineFormat = ({ time, level, module, message, fields }) =>
  `${JSON.stringify({ '@level': level, '@message': message, '@module': module, '@timestamp': time, ...fields })}\n`

/**
 * The log as a stream of lines, until the signal aborts. A reader that is too slow misses lines and is told how many: the
 * agent does not wait for those who watch it.
 */
export async function* logStream(
  follow: (observer: (record: LogRecord) => void) => () => void,
  format: LineFormat,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const waiting: LogRecord[] = []
  let missed = 0
  let wake = () => {}
  const leave = follow((record) => {
    if (waiting.length < waitingMax) waiting.push(record)
    else missed++
    wake()
  })
  const end = () => wake()
  signal.addEventListener('abort', end)
  try {
    while (!signal.aborted) {
      const record = waiting.shift()
      if (record !== undefined) {
        yield format(record)
        if (missed > 0) {
          waiting.push(missedRecord(record, missed))
          missed = 0
        }
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  } finally {
    signal.removeEventListener('abort', end)
    leave()
  }
}

/** Stands where the lines are missing, dated like the one before it. */
function missedRecord({ time }: LogRecord, dropped: number): LogRecord {
  return { time, level: 'warn', module: 'agent', message: 'Monitor dropped logs', fields: { dropped } }
}
