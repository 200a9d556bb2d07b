import { expect, test } from 'vitest'
import { Log, type LogRecord } from './log.ts'

function logTo(json: boolean) {
  const lines: string[] = []
  const log = new Log({ level: 'info', json, write: (line) => void lines.push(line), nowMs: () => 1_700_000_000_123 })
  return { log, lines }
}

test('a text line has the layout that operators of Consul know', () => {
  const { log, lines } = logTo(false)
  log.logger('agent.raft').warn('election won', { tally: 1, leader: 'Node at 127.0.0.1:8300' })
  log.logger('agent').info('ready')
  expect(lines).toEqual([
    '2023-11-14T22:13:20.123Z [WARN]  agent.raft: election won: tally=1 leader="Node at 127.0.0.1:8300"\n',
    '2023-11-14T22:13:20.123Z [INFO]  agent: ready\n',
  ])
})

test('a value with control characters cannot forge lines or make the log binary', () => {
  const { log, lines } = logTo(false)
  log.logger('agent').info('Synced service', { service: 'a\n2023 [INFO] b', other: '\u0000' })
  expect(lines[0]).toContain('service="a\\n2023 [INFO] b" other="\\u0000"')
})

test('a JSON line carries the same facts under the names log shippers expect of Consul', () => {
  const { log, lines } = logTo(true)
  log.logger('agent').info('ready', { port: 8500 })
  expect(JSON.parse(lines[0]!)).toEqual({
    '@level': 'info',
    '@timestamp': '2023-11-14T22:13:20.123Z',
    '@module': 'agent',
    '@message': 'ready',
    port: 8500,
  })
})

test('an error is shown with its causes', () => {
  const { log, lines } = logTo(false)
  log.logger('agent').error('failed', { error: new Error('outer', { cause: new Error('inner') }) })
  expect(lines[0]).toContain('error="outer: inner"')
})

test('records below the level are not written, and a new level holds for loggers made before', () => {
  const { log, lines } = logTo(false)
  const logger = log.logger('agent')
  logger.debug('unseen')
  log.setLevel('debug')
  logger.debug('seen')
  expect(lines).toHaveLength(1)
})

test('observers see each record until they leave', () => {
  const { log } = logTo(true)
  const seen: LogRecord[] = []
  const leave = log.observe((record) => void seen.push(record))
  log.logger('agent').info('one', { n: 1 })
  leave()
  log.logger('agent').info('two')
  expect(seen).toMatchObject([{ module: 'agent', level: 'info', message: 'one', fields: { n: 1 } }])
})

test.for([true, false])('an observer with a level of its own sees more than is printed (JSON: %s)', (json) => {
  const { log, lines } = logTo(json)
  const logger = log.logger('agent')
  const printed: string[] = []
  const all: string[] = []
  log.observe(({ message }) => void printed.push(message))
  const leave = log.observe(({ message }) => void all.push(message), 'debug')
  logger.trace('trace')
  logger.debug('debug')
  logger.info('info')
  leave()
  logger.debug('late')
  expect(all).toEqual(['debug', 'info'])
  expect(printed).toEqual(['info'])
  expect(lines).toHaveLength(1)
  expect(logger.enabled('debug')).toBe(false)
})
