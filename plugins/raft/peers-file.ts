import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { ConfigError } from '../../src/kernel/errors.ts'
import type { Server } from './contract.ts'
import { rewriteMembership } from './storage/membership.ts'
import { placeOf } from './transport/dial.ts'

/** A membership an operator wrote, to be put in place of the one the cluster agreed on (protocol/servers.md §11.3). */
export interface PeersFile {
  readonly path: string
  readonly servers: readonly Server[]
  /** Deletes the file: it has been put into effect. */
  remove(): void
}

const sizeBytesMax = 2 ** 20

/** Where an operator leaves it, below the data directory. */
export function peersFilePath(dataDir: string): string {
  return join(dataDir, 'raft', 'peers.json')
}

/** @returns undefined when there is none. @throws ConfigError for one that cannot be used */
export function readPeersFile(dataDir: string): PeersFile | undefined {
  const path = peersFilePath(dataDir)
  if (!existsSync(path)) return undefined
  try {
    if (statSync(path).size > sizeBytesMax) throw new Error('it is too large')
    const servers = parsePeers(readFileSync(path, 'utf8'))
    return { path, servers, remove: () => rmSync(path) }
  } catch (cause) {
    throw new ConfigError(
      `${path} cannot be used: ${(cause as Error).message}; correct or remove it (a list of {"id", "address", "non_voter"})`,
      { cause },
    )
  }
}

/**
 * Makes these servers the membership of the log in the data directory.
 *
 * @returns false when there is no log to change: the server is new, and begins a cluster with them
 */
export function recoverWith({ servers }: PeersFile, database: string): boolean {
  return existsSync(database) && rewriteMembership(database, servers)
}

/** Reads `[{"id": "…", "address": "ip:port", "non_voter": false}]`. Throws an Error that says what is wrong. */
export function parsePeers(text: string): Server[] {
  const list: unknown = JSON.parse(text)
  if (!Array.isArray(list)) throw new Error('it is no list')
  const servers = list.map(serverOf)
  if (!servers.some((server) => server.suffrage === 'voter')) throw new Error('it names no voter')
  for (const part of ['id', 'address'] as const) {
    const twice = servers.find((server, at) => servers.findIndex((other) => other[part] === server[part]) !== at)
    if (twice !== undefined) throw new Error(`it names the ${part} ${twice[part]} twice`)
  }
  return servers
}

function serverOf(value: unknown, at: number): Server {
  const where = `entry ${at + 1}`
  if (typeof value !== 'object' || value === null) throw new Error(`${where} is no object`)
  const { id, address, non_voter: nonVoter = false } = value as Record<string, unknown>
  if (typeof id !== 'string' || id === '') throw new Error(`${where} has no id`)
  const place = typeof address === 'string' ? placeOf(address) : undefined
  if (typeof address !== 'string' || place === undefined || isIP(place.host) === 0) {
    throw new Error(`${where} has no address such as "10.0.0.1:8300"`)
  }
  if (typeof nonVoter !== 'boolean') throw new Error(`${where}: non_voter must be true or false`)
  return { id: id.toLowerCase(), address, suffrage: nonVoter ? 'nonvoter' : 'voter' }
}
