import type { ApiDescription } from '../../src/openapi/operation.ts'
import { bool, int, list, opaque, struct, text } from '../../src/wire/schema.ts'
import { AutopilotConfig, AutopilotServerHealth } from '../../src/wire/structs/operator.ts'

const path = '/v1/operator/autopilot'

/** As the RPC reply, but for the status, which is a word here: `alive`. */
const fields = Object.fromEntries(AutopilotServerHealth.fields.map(({ name, kind }) => [name, kind]))
const Health = struct('AutopilotHealth', {
  Healthy: bool(),
  FailureTolerance: int(),
  Servers: list(struct('AutopilotServer', { ...fields, SerfStatus: text() }), { nil: '[]' }),
})

/** What `/v1/operator/autopilot` takes and gives. */
export const autopilotApi: ApiDescription = {
  [`GET ${path}/configuration`]: {
    shared: 'datacenter',
    answers: { 200: { help: 'The settings.', json: AutopilotConfig } },
  },
  [`PUT ${path}/configuration`]: {
    summary: 'Changes the settings of the care for dead and new servers.',
    query: { cas: { type: 'integer', help: 'Only when the settings still have this ModifyIndex.' } },
    shared: 'datacenter',
    body: { help: 'The settings, all of them.', json: AutopilotConfig, required: true },
    answers: { 200: { help: 'Whether they were changed.', json: bool() } },
  },
  [`GET ${path}/health`]: {
    shared: 'datacenter',
    answers: {
      200: { help: 'All servers are well.', json: Health },
      429: { help: 'Not all are.', json: Health },
    },
  },
  [`GET ${path}/state`]: {
    shared: 'datacenter',
    answers: { 200: { help: 'The servers with their part in the cluster.', json: opaque() } },
  },
}
