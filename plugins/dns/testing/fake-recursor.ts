import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server, type Socket as Stream } from 'node:net'
import { Packet, type Resource } from 'dns2'
import { freePort } from '../../../src/testing/free-ports.ts'
import { PacketWriter } from '../packet-writer.ts'
import { framed } from './ask.ts'

/** What a fake makes of a question: octets, several for more than one message, or undefined to stay silent. */
export type Behaviour = (question: Buffer, transport: 'udp' | 'tcp') => Buffer | readonly Buffer[] | undefined

/** A DNS server on the loopback that answers what a test says, over UDP and TCP. */
export class FakeRecursor {
  readonly asked: string[] = []
  readonly port: number
  readonly #udp: Socket
  readonly #tcp: Server

  private constructor(udp: Socket, tcp: Server, behaviour: Behaviour) {
    this.#udp = udp
    this.#tcp = tcp
    this.port = udp.address().port
    udp.on('message', (question, { port, address }) => {
      for (const response of this.#answers(question, 'udp', behaviour)) udp.send(response, port, address)
    })
    tcp.on('connection', (stream: Stream) => {
      stream.on('error', () => {})
      stream.once('data', (chunk: Buffer) => {
        for (const response of this.#answers(chunk.subarray(2), 'tcp', behaviour)) stream.write(framed(response))
      })
    })
  }

  static async started(behaviour: Behaviour): Promise<FakeRecursor> {
    const port = await freePort()
    const udp = createSocket('udp4').bind(port, '127.0.0.1')
    await once(udp, 'listening')
    const tcp = createServer().listen(port, '127.0.0.1')
    await once(tcp, 'listening')
    return new FakeRecursor(udp, tcp, behaviour)
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  /** Resolves when it has been asked so often. */
  async wasAsked(times: number): Promise<void> {
    while (this.asked.length < times) await once(this.#udp, 'message')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#udp.close()
    this.#tcp.close()
  }

  #answers(question: Buffer, transport: 'udp' | 'tcp', behaviour: Behaviour): readonly Buffer[] {
    const [asked] = Packet.parse(question).questions
    this.asked.push(`${asked!.name} ${Packet.typeName(asked!.type)} ${transport}`)
    const answer = behaviour(question, transport)
    if (answer === undefined) return []
    return Buffer.isBuffer(answer) ? [answer] : (answer as readonly Buffer[])
  }
}

/** A response to a question with these answers: `['alias.example CNAME host.example', 'host.example A 192.0.2.1']`. */
export function responseTo(question: Buffer, answers: readonly string[], rcode: number = Packet.RCODE.NOERROR): Buffer {
  const packet = Packet.parse(question)
  packet.header.qr = 1
  packet.header.ra = 1
  packet.header.rcode = rcode
  packet.answers = answers.map((text) => {
    const [name = '', type = 'A', value = ''] = text.split(' ')
    const data = type === 'CNAME' ? { domain: value } : { address: value }
    return { name, type: Packet.TYPE[type as 'A'], class: Packet.CLASS.IN, ttl: 77, ...data } as Resource
  })
  packet.additionals = []
  return Buffer.from((packet as unknown as { toBuffer(writer: PacketWriter): Buffer }).toBuffer(new PacketWriter(true)))
}
