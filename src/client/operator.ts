import { list, message } from '../wire/schema.ts'
import { KeyringResponse } from '../wire/structs/keyring.ts'
import { AutopilotConfig, RaftConfigurationResponse } from '../wire/structs/operator.ts'
import { anyJson, type Caller } from './caller.ts'
import type { ReadOptions, WriteOptions } from './query.ts'

const KeyringReplies = message(list(KeyringResponse))

export interface KeyringOptions {
  /** Members that answers are also sent by, 0 to 5. */
  readonly relayFactor?: number | undefined
  /** List only what is in reach without the WAN. */
  readonly localOnly?: boolean | undefined
}

/** How the servers are, as autopilot sees it; the fields differ between versions. */
export interface AutopilotState {
  readonly Healthy: boolean
  readonly FailureTolerance: number
  readonly Leader: string
  readonly Voters: readonly string[] | null
  readonly Servers: Readonly<Record<string, Readonly<Record<string, unknown>>>> | null
  readonly [key: string]: unknown
}

/** `/v1/operator/…`: the servers of the cluster and the keys of its gossip. */
export class OperatorClient {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  async raftConfiguration(options: ReadOptions = {}): Promise<RaftConfigurationResponse> {
    return (await this.#caller.read(RaftConfigurationResponse, '/v1/operator/raft/configuration', options)).value
  }

  /** Takes a server out of the cluster, named by one of the two. */
  async removePeer(
    peer: { readonly id: string } | { readonly address: string },
    options: WriteOptions = {},
  ): Promise<void> {
    await this.#caller.write('DELETE', '/v1/operator/raft/peer', options, { query: peer })
  }

  /** Has another server lead: the one with this id, or whichever is best placed. */
  async transferLeader(id: string | undefined, options: WriteOptions = {}): Promise<void> {
    await this.#caller.write('POST', '/v1/operator/raft/transfer-leader', options, { query: { id: id || undefined } })
  }

  async autopilotConfiguration(options: ReadOptions = {}): Promise<AutopilotConfig> {
    return (await this.#caller.read(AutopilotConfig, '/v1/operator/autopilot/configuration', options)).value
  }

  /** False when the configuration has changed since it was read. */
  async setAutopilotConfiguration(config: AutopilotConfig, options: WriteOptions = {}): Promise<boolean> {
    const query = { cas: String(config.ModifyIndex) }
    const body = AutopilotConfig.toJson(config)
    const answer = await this.#caller.write('PUT', '/v1/operator/autopilot/configuration', options, { query, body })
    return answer.body.toString().trim() === 'true'
  }

  async autopilotState(options: ReadOptions = {}): Promise<AutopilotState> {
    return (await this.#caller.read<AutopilotState>(anyJson, '/v1/operator/autopilot/state', options)).value
  }

  async listKeys(options: ReadOptions & KeyringOptions = {}): Promise<readonly KeyringResponse[]> {
    const query = { ...relay(options), 'local-only': options.localOnly ? 'true' : undefined }
    return (await this.#caller.read(KeyringReplies, '/v1/operator/keyring', options, query)).value ?? []
  }

  /** Gives every member another key to decrypt with. */
  installKey(key: string, options: WriteOptions & KeyringOptions = {}): Promise<void> {
    return this.#key('POST', key, options)
  }

  /** Has every member encrypt with this key, which it holds already. */
  useKey(key: string, options: WriteOptions & KeyringOptions = {}): Promise<void> {
    return this.#key('PUT', key, options)
  }

  /** Takes a key, not the one in use, from every member. */
  removeKey(key: string, options: WriteOptions & KeyringOptions = {}): Promise<void> {
    return this.#key('DELETE', key, options)
  }

  async #key(method: 'POST' | 'PUT' | 'DELETE', key: string, options: WriteOptions & KeyringOptions): Promise<void> {
    const body = JSON.stringify({ Key: key })
    await this.#caller.write(method, '/v1/operator/keyring', options, { query: relay(options), body })
  }
}

function relay({ relayFactor }: KeyringOptions) {
  return { 'relay-factor': relayFactor ? String(relayFactor) : undefined }
}
