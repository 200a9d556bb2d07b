import { definePlugin } from '../../src/kernel/plugin.ts'
import { Checks } from './checks.ts'
import { grpcProbe } from './types/grpc.ts'
import { h2pingProbe } from './types/h2ping.ts'
import { httpProbe } from './types/http.ts'
import { scriptProbe } from './types/script.ts'
import { tcpProbe } from './types/tcp.ts'

/** Runs the checks that are registered on this agent. */
export default definePlugin({
  name: 'health-checks',
  summary: "runs this agent's checks: TTL, HTTP, TCP, gRPC, script, and types of other plugins",
  provides: ['checks'],
  setup(agent) {
    const checks = new Checks(agent.hooks, agent.clock, agent.random)
    agent.services.provide('checks', checks)
    agent.hooks.start.tapPromise('health-checks', async () => agent.own(checks))

    agent.hooks.checkSettled.tap('health-checks', ({ id, status, before }) => {
      if (status === before.status) return
      if (status === 'critical') agent.log.warn('Check is now critical', { check: id })
      else agent.log.info('Check status changed', { check: id, status, before: before.status })
    })
    agent.hooks.checkType.for('http').tap('health-checks', httpProbe)
    agent.hooks.checkType.for('tcp').tap('health-checks', tcpProbe)
    agent.hooks.checkType.for('grpc').tap('health-checks', grpcProbe)
    agent.hooks.checkType.for('h2ping').tap('health-checks', h2pingProbe)
    agent.hooks.checkType.for('script').tap('health-checks', scriptProbe)
  },
})
