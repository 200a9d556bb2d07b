import type { NodeService } from '../wire/structs/catalog.ts'

const pairsMax = 64
const keyLengthMax = 128
const valueLengthMax = 512
const reservedPrefix = 'consul-'

/** Reserved keys that mesh gateways may carry. */
const gatewayKeys: readonly string[] = ['consul-wan-federation']

/**
 * What is wrong with a service's metadata, in Consul's words; undefined when nothing is. Decided by every server while
 * the command is carried out, so the verdict must be the same everywhere (protocol/servers.md §13.6).
 */
export function serviceMetaFlaw(kind: string, meta: NodeService['Meta']): string | undefined {
  const allowed = kind === 'mesh-gateway' ? gatewayKeys : []
  return pairsFlaw(meta, (key) => !key.startsWith(reservedPrefix) || allowed.includes(key))
}

/** The same of pairs to look for in the metadata of nodes, where Consul's own keys may be asked for. */
export function metaFlaw(meta: NodeService['Meta']): string | undefined {
  return pairsFlaw(meta, () => true)
}

function pairsFlaw(meta: NodeService['Meta'], mayUse: (key: string) => boolean): string | undefined {
  if (meta === null) return undefined
  const keys = Object.keys(meta).sort()
  if (keys.length > pairsMax) return `Node metadata cannot contain more than ${pairsMax} key/value pairs`
  for (const key of keys) {
    const flaw = pairFlaw(key, meta[key]!, mayUse)
    if (flaw !== undefined) return `Couldn't load metadata pair ('${key}', '${meta[key]}'): ${flaw}`
  }
  return undefined
}

function pairFlaw(key: string, value: string, mayUse: (key: string) => boolean): string | undefined {
  if (key === '') return 'Key cannot be blank'
  if (!/^[A-Za-z0-9_-]+$/.test(key)) return 'Key contains invalid characters'
  if (key.length > keyLengthMax) return `Key is too long (limit: ${keyLengthMax} characters)`
  if (!mayUse(key)) {
    return `Key prefix '${reservedPrefix}' is reserved for internal use`
  }
  if (Buffer.byteLength(value) > valueLengthMax) return `Value is too long (limit: ${valueLengthMax} characters)`
  return undefined
}
