import { ConfigError } from '../../src/kernel/errors.ts'
import { routesOf } from '../../src/openapi/routes.ts'
import type { Members } from '../gossip/contract.ts'
import type { RouteDeclaration } from '../http-api/contract.ts'
import type { NodeIdentity } from '../node/contract.ts'
import type { Consensus } from '../raft/contract.ts'
import { selfApi } from './api.ts'
import { AclsDisabledError, ReloadFailedError } from './errors.ts'
import type { Registrations } from './registrations.ts'
import { done, jsonReply } from './replies.ts'

export interface SelfRoutesSetup {
  readonly node: NodeIdentity
  readonly nodeMeta: Readonly<Record<string, string>>
  readonly registrations: Registrations
  readonly members: Members | undefined
  readonly consensus: Consensus | undefined
  /** Has the configuration read anew. */
  readonly reload: () => Promise<void>
}

/** Where Vivaldi's algorithm begins: nowhere in particular, and sure of nothing. */
const firstCoordinate = { Vec: [0, 0, 0, 0, 0, 0, 0, 0], Error: 1.5, Adjustment: 0, Height: 0.00001 }

/** `/v1/agent/self` and `version`: who this agent is, for tools that look before they act; and what it is told to do. */
export function selfRoutes(setup: SelfRoutesSetup): RouteDeclaration[] {
  return routesOf(selfApi, {
    'GET /v1/agent/self': () => jsonReply(JSON.stringify(selfOf(setup))),
    'GET /v1/agent/version': () =>
      jsonReply(JSON.stringify({ SHA: '', HumanVersion: setup.node.consulVersion, FIPS: '' })),
    async 'PUT /v1/agent/reload'() {
      await reload(setup)
      return done
    },
    'PUT /v1/agent/token/:kind'() {
      throw new AclsDisabledError()
    },
  })
}

/** What is wrong with the configuration is nothing the client did: 500, not 400. */
async function reload(setup: SelfRoutesSetup): Promise<void> {
  try {
    await setup.reload()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new ReloadFailedError(error.message, { cause: error })
  }
}

function selfOf({ node, nodeMeta, registrations, members, consensus }: SelfRoutesSetup) {
  const leader = consensus?.leader()
  return {
    Config: {
      Datacenter: node.datacenter,
      PrimaryDatacenter: node.datacenter,
      NodeName: node.name,
      NodeID: node.id,
      Revision: '',
      Server: node.server,
      // Tools decide by it what they may ask of the agent.
      Version: node.consulVersion,
    },
    DebugConfig: {
      AdvertiseAddrLAN: node.advertiseAddress,
      AdvertiseAddrWAN: node.advertiseWanAddress,
      BindAddr: node.bindAddress,
      ClientAddrs: node.clientAddresses,
      DataDir: node.dataDir ?? '',
      Datacenter: node.datacenter,
      DevMode: node.dev,
      DNSPort: node.ports.dns,
      HTTPPort: node.ports.http,
      NodeID: node.id,
      NodeMeta: nodeMeta,
      NodeName: node.name,
      SerfPortLAN: node.ports.serfLan,
      SerfPortWAN: node.ports.serfWan,
      ServerMode: node.server,
      ServerPort: node.ports.server,
    },
    Coord: members?.coordinate() ?? firstCoordinate,
    Member: members === undefined ? null : members.describe(members.self()),
    Stats: {
      agent: {
        check_monitors: String(countOfType(registrations, 'script')),
        check_ttls: String(countOfType(registrations, 'ttl')),
        checks: String(registrations.checks.size),
        services: String(registrations.services.size),
      },
      build: { prerelease: '', revision: '', version: node.consulVersion, proconsul: node.version },
      consul: {
        leader: String(consensus?.role === 'leader'),
        leader_addr: leader?.address ?? '',
        server: String(node.server),
      },
      ...(consensus === undefined ? {} : { raft: consensus.stats() }),
      ...(members === undefined ? {} : { serf_lan: members.stats() }),
      ...(members?.list(true).length ? { serf_wan: members.stats(true) } : {}),
      runtime: {
        arch: process.arch,
        os: process.platform,
        version: process.version,
        rss_bytes: String(process.memoryUsage.rss()),
      },
    },
    Meta: nodeMeta,
  }
}

function countOfType(registrations: Registrations, type: string): number {
  return [...registrations.checks.values()].filter(({ check }) => check.Type === type).length
}
