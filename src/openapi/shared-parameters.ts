import type { OperationDescription, ParameterValue, QueryParameter } from './operation.ts'
import { ParameterError, parameterValue } from './parameters.ts'
import type { QueryParameters } from './request.ts'

/** Parameters that all operations of a kind share (`OperationDescription.shared`); refused in Consul's words. */
export const sharedParameters = {
  dc: { type: 'text', help: 'Datacenter to ask; that of the agent when left out.' },
  index: {
    type: 'uint64',
    help: 'Wait until the answer’s index passes this one: the X-Consul-Index of an earlier answer.',
    refused: () => new ParameterError('Invalid index'),
  },
  wait: {
    type: 'duration',
    help: 'How long to wait; 5 minutes when left out, at most 10.',
    refused: () => new ParameterError('Invalid wait time'),
  },
  stale: { type: 'flag', help: 'Any server may answer, which may know a little less.' },
  max_stale: {
    type: 'duration',
    help: 'Like `stale`, from servers that have heard of the leader so lately.',
    refused: (_reason, written) => new ParameterError(`Invalid max_stale value ${JSON.stringify(written)}`),
  },
  leader: { type: 'flag', help: 'The leader answers, whatever `discovery_max_stale` says.' },
  consistent: { type: 'flag', help: 'The leader makes sure that it still leads.' },
  pretty: { type: 'flag', help: 'Indent the JSON.' },
} satisfies Readonly<Record<string, QueryParameter>>

type Shared = typeof sharedParameters

/** Those of a kind, in the order of documents. `pretty` is understood everywhere. */
export function sharedBy(kind: OperationDescription['shared']): readonly (keyof Shared)[] {
  if (kind === 'blocking') return Object.keys(sharedParameters) as (keyof Shared)[]
  return kind === 'datacenter' ? ['dc', 'pretty'] : ['pretty']
}

/** One of them, as it is declared. */
export function sharedValue<N extends keyof Shared>(
  name: N,
  query: QueryParameters,
): ParameterValue<OperationDescription & { readonly query: Shared }, N> {
  return parameterValue(name, sharedParameters[name], query) as never
}
