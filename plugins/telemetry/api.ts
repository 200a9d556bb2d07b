import type { ApiDescription } from '../../src/openapi/operation.ts'
import { opaque } from '../../src/wire/schema.ts'

/** What the endpoints for operators take and give. */
export const telemetryApi = {
  'GET /v1/agent/metrics': {
    summary: 'Figures of the last ten seconds; with `format=prometheus` those since the start.',
    query: { format: { type: 'text', help: '`prometheus` for the text format of Prometheus.' } },
    answers: {
      200: { help: 'Gauges, counters and samples.', json: opaque(), type: 'text/plain; version=0.0.4; charset=utf-8' },
    },
  },
  'GET /v1/agent/monitor': {
    summary: 'The log as it is written, from `loglevel` on; with `logjson` as JSON.',
    query: {
      loglevel: { type: 'text', help: 'Least serious records to show; `INFO` when left out.' },
      logjson: { type: 'flag', help: 'JSON lines in place of text.' },
    },
    answers: { 200: { help: 'Lines, without end.', type: 'text/plain' } },
  },
  'GET /v1/agent/host': {
    summary: 'Memory, processors, system and disk of the machine.',
    answers: { 200: { help: 'Figures of the machine.', json: opaque() } },
  },
} satisfies ApiDescription
