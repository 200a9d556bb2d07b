import { noDrops, type PacketDrops } from '../wire/packet.ts'

/** What a transport has done and refused so far. */
export interface TransportCounters {
  packetsIn: number
  packetBytesIn: number
  packetsOut: number
  packetBytesOut: number
  /** Packets the system did not take. */
  packetsUnsent: number
  /** Streams that others opened, and that we did. */
  streamsIn: number
  streamsOut: number
  streamBytesIn: number
  streamBytesOut: number
  /** Streams closed at once because too many were open, or too many bytes of them half read. */
  streamsRefused: number
  /** Streams of others that could not be read, or did not end in time. */
  streamsBroken: number
  /** Announcements of members from an address that may make none. */
  notAllowed: number
  readonly drops: PacketDrops
}

export function noTraffic(): TransportCounters {
  return {
    packetsIn: 0,
    packetBytesIn: 0,
    packetsOut: 0,
    packetBytesOut: 0,
    packetsUnsent: 0,
    streamsIn: 0,
    streamsOut: 0,
    streamBytesIn: 0,
    streamBytesOut: 0,
    streamsRefused: 0,
    streamsBroken: 0,
    notAllowed: 0,
    drops: noDrops(),
  }
}
