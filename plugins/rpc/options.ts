import type { OptionDeclarations } from '../../src/kernel/options.ts'

/** How patient calls between agents are. Keys are Consul's. */
export const rpcOptions = {
  holdTimeout: {
    type: 'duration',
    key: 'performance.rpc_hold_timeout',
    default: '7s',
    min: '0s',
    help: 'How long a request waits for a leader before it is refused.',
  },
} as const satisfies OptionDeclarations
