import { describe, expect, test } from 'vitest'
import { Log } from '../../src/kernel/log.ts'
import { askRoute } from '../../src/testing/ask-route.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import type { PlainReply, StreamReply } from '../http-api/contract.ts'
import { MetricRegistry } from './registry.ts'
import { telemetryRoutes } from './routes.ts'

function newApi(prometheusRetentionMs = 0) {
  const clock = new VirtualClock()
  const registry = new MetricRegistry(clock)
  const log = new Log({ level: 'info', json: false, write: () => {}, nowMs: () => 1_700_000_000_000 })
  const routes = telemetryRoutes({
    registry,
    naming: { prefix: 'consul', hostname: '' },
    prometheusRetentionMs,
    followLog: (level, observer) => log.observe(observer, level),
    wallMs: () => 1_700_000_000_000,
  })
  const reader = new AbortController()
  const ask = async (endpoint: string, query = '') =>
    askRoute(routes, 'GET', `/v1/agent/${endpoint}?${query}`, { signal: reader.signal })
  const lines = async (query = '') => {
    const { chunks } = (await ask('monitor', query)) as StreamReply
    return chunks[Symbol.asyncIterator]() as AsyncIterator<string, undefined>
  }
  return { registry, log, logger: log.logger('agent'), reader, ask, lines }
}

describe('a log stream', () => {
  test('shows records from its level on, as text or as JSON', async () => {
    const { logger, lines } = newApi()
    const text = await lines('loglevel=debug')
    const json = await lines('loglevel=WARN&logjson')
    const first = text.next()
    const firstJson = json.next()
    logger.debug('looked at', { n: 1 })
    logger.warn('odd')
    expect(await first).toEqual({ done: false, value: '2023-11-14T22:13:20.000Z [DEBUG] agent: looked at: n=1\n' })
    expect((await text.next()).value).toContain('[WARN]  agent: odd')
    expect(JSON.parse((await firstJson).value!)).toMatchObject({ '@level': 'warn', '@message': 'odd' })
  })

  test('ends with its reader, and the log makes no more records for it', async () => {
    const { logger, lines, reader } = newApi()
    const stream = await lines('loglevel=trace')
    const first = stream.next()
    expect(logger.enabled('trace')).toBe(true)
    reader.abort()
    expect(await first).toEqual({ done: true, value: undefined })
    expect(logger.enabled('trace')).toBe(false)
  })

  test('leaves lines out for a reader that is too slow, and says how many', async () => {
    const { logger, lines } = newApi()
    const stream = await lines()
    const first = stream.next()
    for (let at = 0; at < 600; at++) logger.info(`line ${at}`)
    let seen = [(await first).value]
    for (let at = 0; at < 512; at++) seen = [...seen, (await stream.next()).value]
    expect(seen.slice(0, 512)).toEqual(
      Array.from({ length: 512 }, (_, at) => expect.stringContaining(`: line ${at}\n`)),
    )
    expect(seen[512]).toContain('Monitor dropped logs: dropped=88')
  })

  test('of an unknown level is refused', async () => {
    await expect(newApi().ask('monitor', 'loglevel=chatty')).rejects.toMatchObject({
      status: 400,
      message: 'Bad request: Unknown log level: chatty',
    })
  })
})

describe('figures', () => {
  test('are JSON, and text for Prometheus where that is switched on', async () => {
    const { registry, ask } = newApi(60_000)
    registry.count('raft.apply')
    const reply = (await ask('metrics')) as PlainReply
    expect(JSON.parse(reply.body.toString()).Counters).toMatchObject([{ Name: 'consul.raft.apply', Count: 1 }])
    expect(await ask('metrics', 'format=prometheus')).toMatchObject({
      type: 'text/plain; version=0.0.4; charset=utf-8',
      body: '# HELP consul_raft_apply consul_raft_apply\n# TYPE consul_raft_apply counter\nconsul_raft_apply 1\n',
    })
    await expect(newApi().ask('metrics', 'format=prometheus')).rejects.toMatchObject({ status: 415 })
  })
})

test('the host is described with the moment in nanoseconds', async () => {
  const { body } = (await newApi().ask('host')) as PlainReply
  expect(body).toContain('"CollectionTime":1700000000000000000,')
  const host = JSON.parse(body.toString())
  expect(host.Memory.total).toBeGreaterThan(0)
  expect(host.Disk.usedPercent).toBeGreaterThanOrEqual(0)
  expect(host.CPU).toBeInstanceOf(Array)
})
