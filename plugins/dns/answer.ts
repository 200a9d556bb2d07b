import { Packet } from 'dns2'
import type { Random } from '../../src/kernel/random.ts'
import type { DnsAnswer, DnsInstance } from './contract.ts'
import { hexOf, type IpAddress, parseIp } from './ip-address.ts'
import { metaRecords } from './node-text.ts'
import {
  addressRecord,
  aliasRecord,
  type DnsRecord,
  isEncodable,
  nameOctets,
  pointerRecord,
  serviceRecord,
} from './records.ts'
import type { DnsSettings } from './settings.ts'
import { inRandomOrder } from './shuffle.ts'
import { inZone, type Zone } from './zone.ts'

const { TYPE } = Packet

/** Records of an answer, before anything is cut. */
export interface Composition {
  readonly answers: DnsRecord[]
  readonly additionals: DnsRecord[]
}

/** What the records are made for. */
export interface Occasion {
  /** The question's name: owner of the answers. */
  readonly owner: string
  readonly type: number
  readonly zone: Zone
  readonly ttlSeconds: number
  readonly settings: DnsSettings
  /** More answers than this cannot be sent: composing stops there. */
  readonly mostAnswers: number
}

/** Types that a node has records of. Consul does not even look for the node when asked for another. */
export function isNodeType(type: number): boolean {
  return type === TYPE.A || type === TYPE.AAAA || type === TYPE.ANY || type === TYPE.TXT
}

/** A host's addresses, and its metadata: as answer when asked for, else beside it. */
export function composeNode(answer: DnsAnswer, occasion: Occasion): Composition {
  const { owner, type, ttlSeconds, settings } = occasion
  const composition: Composition = { answers: [], additionals: [] }
  if (!isNodeType(type)) return composition
  for (const { address, nodeMeta } of answer.instances) {
    const asked = type === TYPE.TXT || type === TYPE.ANY
    if (type !== TYPE.TXT) composition.answers.push(...hostRecords(owner, type, ttlSeconds, address))
    if (asked) composition.answers.push(...metaRecords(owner, ttlSeconds, nodeMeta))
    else if (settings.nodeMetaTxt) composition.additionals.push(...metaRecords(owner, ttlSeconds, nodeMeta))
  }
  return composition
}

/** The instances of a service in random order, or in that of the answer: SRV records with what leads to them, or addresses. */
export function composeService(answer: DnsAnswer, occasion: Occasion, random: Random): Composition {
  const order = answer.ordered ? answer.instances : inRandomOrder(answer.instances, random)
  return occasion.type === TYPE.SRV ? serviceRecords(order, occasion) : addressRecords(order, occasion)
}

function addressRecords(instances: Iterable<DnsInstance>, occasion: Occasion): Composition {
  const { owner, type, ttlSeconds, settings, mostAnswers } = occasion
  const answers = new Map<string, DnsRecord>()
  let alias: DnsRecord | undefined
  const most = Math.min(mostAnswers, settings.aRecordLimit || mostAnswers)
  for (const instance of instances) {
    const [record] = hostRecords(owner, type, ttlSeconds, addressFor(instance, owner))
    if (record?.type === TYPE.CNAME) alias ??= record
    else if (record) answers.set(record.address!, record)
    if (answers.size === most) break
  }
  // A name has one alias or addresses, not both (RFC 1034 §3.6.2).
  return { answers: answers.size === 0 && alias ? [alias] : [...answers.values()], additionals: [] }
}

function serviceRecords(instances: Iterable<DnsInstance>, occasion: Occasion): Composition {
  const { owner, zone, ttlSeconds, settings, mostAnswers } = occasion
  const answers: DnsRecord[] = []
  const additionals: DnsRecord[] = []
  const seen = new Set<string>()
  for (const instance of instances) {
    const { node, datacenter, ownAddress, port, weight, nodeMeta } = instance
    const identity = `${node}\0${ownAddress ? instance.address : ''}\0${port}`
    if (seen.has(identity)) continue
    seen.add(identity)
    const nodeName = inZone(`${nameOctets(node)}.node.${nameOctets(datacenter)}`, zone)
    const address = addressFor(instance, owner)
    const ip = parseIp(address)
    const byAddress = ip && ownAddress && address === instance.address
    const target = ip ? (byAddress ? inZone(`${hexOf(ip)}.addr.${datacenter}`, zone) : nodeName) : hostName(address)
    if (!isEncodable(target)) continue
    answers.push(serviceRecord(owner, ttlSeconds, port, weight, target))
    if (ip) additionals.push(addressRecord(target, ttlSeconds, ip))
    if (settings.nodeMetaTxt && isEncodable(nodeName)) {
      additionals.push(...metaRecords(nodeName, ttlSeconds, nodeMeta))
    }
    if (answers.length === mostAnswers) break
  }
  return { answers, additionals }
}

/** A service whose address is the very name that was asked for is found at its node's address. */
function addressFor({ address, ownAddress, nodeAddress }: DnsInstance, owner: string): string {
  const circular = ownAddress && nodeAddress !== undefined && hostName(address) === owner && parseIp(nodeAddress)
  return circular ? nodeAddress : address
}

/** No record when the address is of the other family than was asked for. */
function hostRecords(owner: string, type: number, ttl: number, address: string): DnsRecord[] {
  const ip = parseIp(address)
  if (ip) return suits(ip, type) ? [addressRecord(owner, ttl, ip)] : []
  const target = hostName(address)
  return target !== '' && isEncodable(target) ? [aliasRecord(owner, ttl, target)] : []
}

function suits({ family }: IpAddress, type: number): boolean {
  if (type === TYPE.ANY || type === TYPE.TXT || type === TYPE.NS) return true
  return type === (family === 4 ? TYPE.A : TYPE.AAAA)
}

function hostName(address: string): string {
  return nameOctets(address.replace(/\.$/, ''))
}

/** The name of an address: its node's, or that of the service whose own address it is. */
export function composePointer(answer: DnsAnswer, owner: string, zone: Zone): Composition {
  const [instance] = answer.instances
  if (!instance) return { answers: [], additionals: [] }
  const { node, service, ownAddress, datacenter } = instance
  const name = ownAddress && service !== undefined ? `${service}.service` : `${node}.node`
  const target = inZone(nameOctets(`${name}.${datacenter}`), zone)
  return { answers: isEncodable(target) ? [pointerRecord(owner, 0, target)] : [], additionals: [] }
}
