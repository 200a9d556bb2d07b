import type { ApiDescription } from '../../src/openapi/operation.ts'
import { bool, int, list, opaque, struct, text } from '../../src/wire/schema.ts'
import { AutopilotConfig, AutopilotServerHealth } from '../../src/wire/structs/operator.ts'
import { AutopilotRequestError } from './errors.ts'

/** As the RPC reply, but for the status, which is a word here: `alive`. */
const fields = Object.fromEntries(AutopilotServerHealth.fields.map(({ name, kind }) => [name, kind]))
const Health = struct('AutopilotHealth', {
  Healthy: bool(),
  FailureTolerance: int(),
  Servers: list(struct('AutopilotServer', { ...fields, SerfStatus: text() }), { nil: '[]' }),
})

/** What `/v1/operator/autopilot` takes and gives. */
export const autopilotApi = {
  'GET /v1/operator/autopilot/configuration': {
    summary: 'The settings of the care for dead and new servers.',
    shared: 'datacenter',
    answers: { 200: { help: 'The settings.', json: AutopilotConfig } },
  },
  'PUT /v1/operator/autopilot/configuration': {
    summary: 'Changes the settings of the care for dead and new servers.',
    query: {
      cas: {
        type: 'index',
        help: 'Only when the settings still have this ModifyIndex.',
        empty: 'refused',
        refused: (reason) => new AutopilotRequestError(`Error parsing cas value: ${reason}`),
      },
    },
    shared: 'datacenter',
    body: {
      help: 'The settings, all of them.',
      json: AutopilotConfig,
      required: true,
      prefix: 'Bad request: Error parsing autopilot config: ',
    },
    answers: { 200: { help: 'Whether they were changed.', json: bool() } },
  },
  'GET /v1/operator/autopilot/health': {
    summary: 'How each server is; 429 when one of them is not well.',
    shared: 'datacenter',
    answers: {
      200: { help: 'All servers are well.', json: Health },
      429: { help: 'Not all are.', json: Health },
    },
  },
  'GET /v1/operator/autopilot/state': {
    summary: 'How each server is, with its part in the cluster.',
    shared: 'datacenter',
    answers: { 200: { help: 'The servers with their part in the cluster.', json: opaque() } },
  },
} satisfies ApiDescription
