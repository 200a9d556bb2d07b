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
  handshakeTimeout: {
    type: 'duration',
    key: 'limits.rpc_handshake_timeout',
    default: '5s',
    min: '1ms',
    help: 'How long a connection to the server port may take to say what it is.',
  },
  maxConnsPerClient: {
    type: 'integer',
    key: 'limits.rpc_max_conns_per_client',
    default: 100,
    min: 0,
    help: 'Connections to the server port from one address; 0 sets no limit.',
  },
  rate: {
    type: 'float',
    key: 'limits.rpc_rate',
    default: -1,
    reloadable: true,
    help: 'Calls a second that a client agent makes to servers, 429 for more; below 0 there is no limit.',
  },
  maxBurst: {
    type: 'integer',
    key: 'limits.rpc_max_burst',
    default: 1000,
    min: 0,
    reloadable: true,
    help: 'Calls to servers that a client agent may make at once after a pause, when it has a rate.',
  },
} as const satisfies OptionDeclarations
