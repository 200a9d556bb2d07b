import type { AnyPlugin } from '../src/kernel/plugin.ts'
import autopilot from './autopilot/index.ts'
import catalog from './catalog/index.ts'
import connections from './connections/index.ts'
import coordinates from './coordinates/index.ts'
import dns from './dns/index.ts'
import events from './events/index.ts'
import gossip from './gossip/index.ts'
import healthChecks from './health-checks/index.ts'
import httpApi from './http-api/index.ts'
import keyring from './keyring/index.ts'
import kv from './kv/index.ts'
import localState from './local-state/index.ts'
import node from './node/index.ts'
import preparedQueries from './prepared-queries/index.ts'
import raft from './raft/index.ts'
import rpc from './rpc/index.ts'
import sessions from './sessions/index.ts'
import state from './state/index.ts'
import streaming from './streaming/index.ts'
import telemetry from './telemetry/index.ts'
import txn from './txn/index.ts'

/** The plugins that come with the agent, from the ground up: the table of contents of everything it does. */
export const bundledPlugins: readonly AnyPlugin[] = [
  // Ground: who we are, who the others are, and what all servers agree on.
  node, //         name, addresses, ports, data directory
  gossip, //       members of the cluster
  state, //        replicated tables, commands and live queries
  raft, //         one log for all servers, in data/raft.db
  connections, //  calls to servers
  rpc, //          methods of servers, wherever they have to run

  // Features: what is kept, each with its tables, commands, queries and routes.
  catalog, //      nodes, services and checks of the cluster
  coordinates, //  where nodes stand in the network, so that what is near comes first
  sessions, //     what locks are held by, with TTLs and health checks
  kv, //           keys and values
  txn, //          several operations on all of these as one
  localState, //   services and checks registered on this agent, kept in step with the catalog
  events, //       said by one agent to all
  preparedQueries, // questions to the catalog, written once and asked by name
  healthChecks, // runs this agent's checks
  keyring, //      the keys that gossip is encrypted with
  autopilot, //    takes servers in, gives them votes, lets dead ones go

  // Faces: how it is asked.
  httpApi, //      the HTTP API
  dns, //          the DNS interface
  streaming, //    changes of services for agents of Consul, by gRPC
  telemetry, //    figures, the log as a stream, the machine
]
