import type { AgentUnderTest } from './agent-under-test.ts'

/** Three instances of `web` on three nodes, with a check of the node and one of the service each. */
export async function registerWeb(agent: AgentUnderTest): Promise<void> {
  for (const instance of [1, 2, 3]) await agent.put('/v1/catalog/register', registration(instance))
}

/** `note` becomes the output of the service's check: another note is a change of the service's health. */
export function registration(instance: number, note = '') {
  const node = `bench-node-${instance}`
  return {
    Node: node,
    Address: `10.1.0.${instance}`,
    NodeMeta: { rack: `r${instance}` },
    Service: {
      ID: `web-${instance}`,
      Service: 'web',
      Tags: ['primary', `v${instance}`],
      Address: `10.2.0.${instance}`,
      Port: 8000 + instance,
      Meta: { version: '1.2.3' },
    },
    Checks: [
      { Node: node, CheckID: 'serfHealth', Name: 'Serf Health Status', Status: 'passing', Output: 'Agent alive' },
      {
        Node: node,
        CheckID: `service:web-${instance}`,
        Name: "Service 'web' check",
        Status: 'passing',
        ServiceID: `web-${instance}`,
        Output: `HTTP GET http://10.2.0.${instance}/: 200 OK ${note}`,
      },
    ],
  }
}
