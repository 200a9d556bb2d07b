import { hostname } from 'node:os'
import { definePlugin } from '../../src/kernel/plugin.ts'
import { collectIntervalMs, MetricRegistry } from './registry.ts'
import { telemetryRoutes } from './routes.ts'
import { connectSources, watchGarbageCollection } from './sources.ts'

/** What can be seen of the running agent: its figures, its log, its machine. */
export default definePlugin({
  name: 'telemetry',
  summary: 'figures of the agent, its log as a stream, and the machine it runs on',
  provides: ['metrics'],
  requires: ['node'],
  wants: ['state', 'consensus', 'members', 'rpc'],
  options: {
    prefix: {
      type: 'text',
      key: 'telemetry.metrics_prefix',
      default: 'consul',
      help: 'In front of the name of every figure; empty for none.',
    },
    disableHostname: {
      type: 'boolean',
      key: 'telemetry.disable_hostname',
      default: false,
      help: 'Leave the host out of the names of gauges.',
    },
    prometheusRetention: {
      type: 'duration',
      key: 'telemetry.prometheus_retention_time',
      default: '0s',
      min: '0s',
      help: 'How long a figure that is not heard of any more is shown to Prometheus; 0s keeps nothing for it.',
    },
  },
  setup(agent, options) {
    const { hooks, services, clock } = agent
    const { datacenter } = services.get('node')
    const registry = new MetricRegistry(clock)
    services.provide('metrics', registry)
    connectSources({
      metrics: registry,
      hooks,
      datacenter,
      store: services.find('state')?.store,
      consensus: services.find('consensus'),
      members: services.find('members'),
      rpc: services.find('rpc'),
    })

    hooks.start.tapPromise('telemetry', async () => agent.own(watchGarbageCollection(registry)))
    hooks.ready.tap('telemetry', () => {
      registry.readGauges()
      agent.tasks.every('collect metrics', collectIntervalMs, () => registry.readGauges())
    })

    hooks.httpRoutes.tap('telemetry', (routes) =>
      routes.add(
        ...telemetryRoutes({
          registry,
          naming: { prefix: options.prefix, hostname: options.disableHostname ? '' : hostname() },
          prometheusRetentionMs: options.prometheusRetention,
          followLog: agent.followLog,
          wallMs: () => clock.wallMs(),
        }),
      ),
    )
  },
})
