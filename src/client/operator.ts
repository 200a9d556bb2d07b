import { type Caller, decoded } from './caller.ts'
import { bodyJson } from './operations.ts'
import type { ReadOptions, WriteOptions } from './query.ts'
import type { AutopilotConfig, KeyringResponse, RaftConfigurationResponse } from './types.ts'

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
    return (await this.#caller.read('GET /v1/operator/raft/configuration', {}, options)).value
  }

  /** Takes a server out of the cluster, named by one of the two. */
  async removePeer(
    peer: { readonly id: string } | { readonly address: string },
    options: WriteOptions = {},
  ): Promise<void> {
    await this.#caller.write('DELETE /v1/operator/raft/peer', { query: peer }, options)
  }

  /** Has another server lead: the one with this id, or whichever is best placed. */
  async transferLeader(id: string | undefined, options: WriteOptions = {}): Promise<void> {
    await this.#caller.write('POST /v1/operator/raft/transfer-leader', { query: { id: id || undefined } }, options)
  }

  async autopilotConfiguration(options: ReadOptions = {}): Promise<AutopilotConfig> {
    return (await this.#caller.read('GET /v1/operator/autopilot/configuration', {}, options)).value
  }

  /** False when the configuration has changed since it was read. */
  async setAutopilotConfiguration(config: AutopilotConfig, options: WriteOptions = {}): Promise<boolean> {
    const name = 'PUT /v1/operator/autopilot/configuration'
    const sent = { query: { cas: config.ModifyIndex }, body: bodyJson(name, config) }
    return decoded(name, await this.#caller.write(name, sent, options))
  }

  async autopilotState(options: ReadOptions = {}): Promise<AutopilotState> {
    return (await this.#caller.read('GET /v1/operator/autopilot/state', {}, options)).value as unknown as AutopilotState
  }

  async listKeys(options: ReadOptions & KeyringOptions = {}): Promise<readonly KeyringResponse[]> {
    const query = { ...relay(options), 'local-only': options.localOnly || undefined }
    return (await this.#caller.read('GET /v1/operator/keyring', { query }, options)).value ?? []
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

  async #key(method: 'POST' | 'PUT' | 'DELETE', Key: string, options: WriteOptions & KeyringOptions): Promise<void> {
    const name = `${method} /v1/operator/keyring` as const
    await this.#caller.write(name, { query: relay(options), body: bodyJson(name, { Key }) }, options)
  }
}

function relay({ relayFactor }: KeyringOptions) {
  return { 'relay-factor': relayFactor || undefined }
}
