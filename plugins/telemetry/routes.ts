import type { LogLevel } from '../../src/kernel/log.ts'
import type { PluginContext } from '../../src/kernel/plugin.ts'
import { routesOf } from '../../src/openapi/routes.ts'
import type { PlainReply, Reply, RequestOf, RouteDeclaration } from '../http-api/contract.ts'
import { telemetryApi } from './api.ts'
import { displayInterval } from './display.ts'
import { PrometheusOffError, UnknownLogLevelError } from './errors.ts'
import { describeHost } from './host.ts'
import { jsonLine, logStream, textLine } from './monitor.ts'
import type { Naming } from './names.ts'
import { prometheusText } from './prometheus.ts'
import type { MetricRegistry } from './registry.ts'

export interface TelemetryRoutesSetup {
  readonly registry: MetricRegistry
  readonly naming: Naming
  /** 0 keeps nothing for Prometheus. */
  readonly prometheusRetentionMs: number
  readonly followLog: PluginContext['followLog']
  readonly wallMs: () => number
}

/** `/v1/agent/metrics`, `/v1/agent/monitor` and `/v1/agent/host`: what operators look at. */
export function telemetryRoutes(setup: TelemetryRoutesSetup): RouteDeclaration[] {
  return routesOf(telemetryApi, {
    'GET /v1/agent/metrics': (request) => metrics(setup, request.parameter('format') === 'prometheus'),
    'GET /v1/agent/monitor': (request) => monitor(setup, request),
    'GET /v1/agent/host': async () => json(await describeHost(setup.wallMs())),
  })
}

function metrics({ registry, naming, prometheusRetentionMs }: TelemetryRoutesSetup, forPrometheus: boolean): Reply {
  registry.readGauges()
  if (!forPrometheus) return json(JSON.stringify(displayInterval(registry.interval(), naming)))
  if (prometheusRetentionMs <= 0) throw new PrometheusOffError()
  return {
    kind: 'plain',
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
    body: prometheusText(registry.totals(prometheusRetentionMs), naming),
  }
}

type MonitorRequest = RequestOf<(typeof telemetryApi)['GET /v1/agent/monitor']>

function monitor({ followLog }: TelemetryRoutesSetup, request: MonitorRequest): Reply {
  const level = levelOf(request.parameter('loglevel') || 'INFO')
  const format = request.parameter('logjson') ? jsonLine : textLine
  return {
    kind: 'stream',
    type: undefined,
    chunks: logStream((observer) => followLog(level, observer), format, request.signal),
  }
}

const levels: ReadonlyMap<string, LogLevel> = new Map([
  ['TRACE', 'trace'],
  ['DEBUG', 'debug'],
  ['INFO', 'info'],
  ['WARN', 'warn'],
  ['ERR', 'error'],
  ['ERROR', 'error'],
])

function levelOf(written: string): LogLevel {
  const level = levels.get(written.toUpperCase())
  if (level === undefined) throw new UnknownLogLevelError(written)
  return level
}

function json(body: string): PlainReply {
  return { kind: 'plain', status: 200, type: 'application/json', body, json: true }
}
