import { AgentUnderTest } from '../agent/agent-under-test.ts'
import type { Measurement } from '../measurement.ts'
import { value } from '../requests.ts'
import { compareRead } from './http-read.ts'

export const kvGet: Measurement = {
  name: 'kv-get',
  async measure(setting) {
    await using agent = await AgentUnderTest.start(setting)
    await agent.put('/v1/kv/bench/key', value(0))
    return [
      await compareRead(
        agent,
        { name: 'kv-get', title: 'KV get, 64 connections', path: '/v1/kv/bench/key', atLeast: 0.7 },
        setting,
      ),
    ]
  },
}
