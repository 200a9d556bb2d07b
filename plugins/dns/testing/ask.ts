import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Packet, type Resource } from 'dns2'
import { PacketWriter } from '../packet-writer.ts'

export interface Asking {
  readonly name: string
  readonly type?: keyof typeof Packet.TYPE
  readonly transport?: 'udp' | 'tcp'
  readonly edns?: { readonly udp: number; readonly subnet?: string }
  readonly rd?: boolean
  readonly id?: number
}

/** A response in a form that reads well in an expectation. */
export interface Told {
  readonly id: number
  readonly rcode: string
  readonly flags: string
  readonly question: string
  readonly answers: string[]
  readonly authorities: string[]
  readonly additionals: string[]
  readonly edns: Resource | undefined
  readonly sizeBytes: number
}

/** A question as octets. */
export function questionBytes({ name, type = 'A', edns, rd = true, id = 7 }: Asking): Buffer {
  const packet = new Packet()
  packet.header = new Packet.Header({ id, rd: rd ? 1 : 0 })
  packet.questions = [new Packet.Question(name, Packet.TYPE[type], Packet.CLASS.IN)]
  if (edns) {
    const options = edns.subnet === undefined ? [] : [Packet.Resource.EDNS.ECS(edns.subnet)]
    packet.additionals = [Packet.Resource.EDNS(options, { udpPayloadSize: edns.udp })]
  }
  return Buffer.from((packet as unknown as { toBuffer(writer: PacketWriter): Buffer }).toBuffer(new PacketWriter(true)))
}

/** What a response says. Throws when dns2 finds anything wrong with it. */
export function readResponse(response: Buffer): Told {
  const packet = Packet.parse(response)
  if (packet.errors.length > 0) throw new Error(packet.errors.map(({ message }) => message).join('; '))
  const { header } = packet
  const flags = (['qr', 'aa', 'tc', 'rd', 'ra'] as const).filter((flag) => header[flag])
  const rcode = Object.entries(Packet.RCODE).find(([, code]) => code === header.rcode)?.[0] ?? String(header.rcode)
  return {
    id: header.id,
    rcode,
    flags: flags.join(' '),
    question: packet.questions.map(({ name, type }) => `${name} ${Packet.typeName(type)}`).join(', '),
    answers: packet.answers.map(tell),
    authorities: packet.authorities.map(tell),
    additionals: packet.additionals.filter(({ type }) => type !== Packet.TYPE.EDNS).map(tell),
    edns: packet.additionals.find(({ type }) => type === Packet.TYPE.EDNS),
    sizeBytes: response.length,
  }
}

function tell(record: Resource): string {
  const { name, type, ttl, address, domain, ns, data, priority, weight, port, target } = record
  const { primary, admin, refresh, retry, expiration, minimum } = record
  const values =
    target !== undefined
      ? [priority, weight, port, target]
      : primary !== undefined
        ? [primary, admin, refresh, retry, expiration, minimum]
        : [address ?? domain ?? ns ?? JSON.stringify(data)]
  return `${name} ${ttl} ${Packet.typeName(type)} ${values.join(' ')}`
}

/** Asks a running server. */
export async function ask(address: string, asking: Asking): Promise<Told> {
  const [host = '', port = ''] = address.split(/:(?=\d+$)/)
  return readResponse(
    await exchange(host.replace(/[[\]]/g, ''), Number(port), questionBytes(asking), asking.transport ?? 'udp'),
  )
}

/** Sends one message and waits for one. */
export async function exchange(host: string, port: number, message: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer> {
  if (transport === 'udp') {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    socket.send(message, port, host)
    const [response] = (await once(socket, 'message')) as [Buffer]
    socket.close()
    return response
  }
  const socket = connect(port, host)
  socket.write(framed(message))
  let received = Buffer.alloc(0)
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk])
    if (received.length >= 2 && received.length >= received.readUInt16BE(0) + 2) break
  }
  return received.subarray(2, received.readUInt16BE(0) + 2)
}

/** Sends messages over one connection, says that this was all, and gives what comes back until the server hangs up. */
export async function exchangeAll(socket: Socket, messages: readonly Buffer[]): Promise<Buffer[]> {
  socket.end(Buffer.concat(messages.map(framed)))
  const chunks: Buffer[] = []
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk)
  const received = Buffer.concat(chunks)
  const responses: Buffer[] = []
  for (let at = 0; at < received.length; at += received.readUInt16BE(at) + 2) {
    responses.push(received.subarray(at + 2, at + 2 + received.readUInt16BE(at)))
  }
  return responses
}

/** A message as TCP carries it. */
export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  return Buffer.concat([length, message])
}
