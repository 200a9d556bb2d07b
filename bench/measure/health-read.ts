import { AgentUnderTest } from '../agent/agent-under-test.ts'
import { registerWeb } from '../agent/web-service.ts'
import type { Measurement } from '../measurement.ts'
import { compareRead } from './http-read.ts'

export const healthRead: Measurement = {
  name: 'health-read',
  async measure(setting) {
    await using agent = await AgentUnderTest.start(setting)
    await registerWeb(agent)
    return [
      await compareRead(
        agent,
        {
          name: 'health-read',
          title: 'Health of a service, 3 instances, 64 connections',
          path: '/v1/health/service/web?passing',
          atLeast: 0.6,
        },
        setting,
      ),
    ]
  },
}
