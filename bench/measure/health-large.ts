import { AgentUnderTest } from '../agent/agent-under-test.ts'
import type { Measurement } from '../measurement.ts'
import { compareRead } from './http-read.ts'

const instances = 1_000

/** A service so large that sending its answer is most of the work. */
export const healthLarge: Measurement = {
  name: 'health-large',
  async measure(setting) {
    await using agent = await AgentUnderTest.start(setting)
    for (let at = 0; at < instances; at++) {
      await agent.put('/v1/catalog/register', {
        Node: `large-node-${at}`,
        Address: `10.4.${at >> 8}.${at & 255}`,
        Service: { ID: `large-${at}`, Service: 'large', Tags: ['v1'], Port: 8000, Meta: { version: '1.2.3' } },
        Check: { CheckID: 'serfHealth', Name: 'Serf Health Status', Status: 'passing', Output: 'Agent alive' },
      })
    }
    const title = `Health of a service, ${instances.toLocaleString('en')} instances, 64 connections`
    const path = '/v1/health/service/large'
    return [await compareRead(agent, { name: 'health-large', title, path, atLeast: 0.7 }, setting)]
  },
}
