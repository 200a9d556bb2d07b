import { Packet } from 'dns2'
import type { Random } from '../../src/kernel/random.ts'
import type { DnsAnswer, DnsInstance } from './contract.ts'
import { parseIp } from './ip-address.ts'
import { addressRecord, aliasRecord, type DnsRecord, nameOctets, nameServerRecord } from './records.ts'
import type { DnsSettings } from './settings.ts'
import { inRandomOrder } from './shuffle.ts'
import { inZone, type Zone } from './zone.ts'

/** Consul names at most so many servers of its cluster as name servers. */
const mostNameServers = 3

/** The zone's start of authority. Its serial is the time: what is in the zone may have changed every second. */
export function authorityRecord(zone: Zone, { soa }: DnsSettings, nowMs: number): DnsRecord {
  return {
    name: zone.name,
    type: Packet.TYPE.SOA,
    class: Packet.CLASS.IN,
    ttl: soa.minTtlSeconds,
    primary: inZone('ns', zone),
    admin: inZone('hostmaster', zone),
    serial: serialAt(nowMs),
    refresh: soa.refreshSeconds,
    retry: soa.retrySeconds,
    expiration: soa.expireSeconds,
    minimum: soa.minTtlSeconds,
  }
}

/** Seconds since 1970, in the 32 bits that there are. */
export function serialAt(nowMs: number): number {
  return Math.floor(nowMs / 1000) >>> 0
}

/** Some servers of the cluster as the zone's name servers, each with its address. `servers` answers for their service. */
export function nameServers(
  zone: Zone,
  servers: DnsAnswer | undefined,
  { nodeTtlSeconds }: DnsSettings,
  random: Random,
): { names: DnsRecord[]; addresses: DnsRecord[] } {
  const names: DnsRecord[] = []
  const addresses: DnsRecord[] = []
  for (const server of inRandomOrder(servers?.instances ?? [], random)) {
    if (!/^[A-Za-z0-9-]{1,63}$/.test(server.node)) continue
    const name = inZone(`${server.node}.node.${server.datacenter}`, zone).toLowerCase()
    names.push(nameServerRecord(zone.name, nodeTtlSeconds, name))
    addresses.push(hostRecord(name, nodeTtlSeconds, server))
    if (names.length === mostNameServers) break
  }
  return { names, addresses }
}

function hostRecord(name: string, ttl: number, { address, nodeAddress = address }: DnsInstance): DnsRecord {
  const ip = parseIp(nodeAddress)
  return ip ? addressRecord(name, ttl, ip) : aliasRecord(name, ttl, nameOctets(nodeAddress.replace(/\.$/, '')))
}
