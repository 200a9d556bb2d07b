import type { Member, MemberChange } from '../contract.ts'
import type { LogEffect, PacketEffect } from '../core/effects.ts'
import type { Endpoint } from '../core/messages.ts'
import type { ReceivedQuery } from './received-query.ts'

/** A member joined, left, failed, changed or was forgotten. */
export interface MemberOutput {
  readonly kind: 'member'
  readonly change: MemberChange
}

/** An event arrived, or was sent from here: once for each. */
export interface UserEventOutput {
  readonly kind: 'userEvent'
  readonly name: string
  readonly payload: Buffer
  readonly lTime: number
  readonly coalesce: boolean
}

/** A question for the application, which may answer it with `Serf.respond` until its time is over. */
export interface QueryOutput {
  readonly kind: 'query'
  readonly query: ReceivedQuery
}

/** Try to reach a failed member: a push/pull with `join` set. Failure is the expected case. */
export interface ReconnectOutput {
  readonly kind: 'reconnect'
  readonly node: string
  readonly to: Endpoint
}

/** The graceful leave is over; the sockets may be closed. */
export interface LeftOutput {
  readonly kind: 'left'
}

/** Most members know somebody else by this member's name, and so this member has to stop. */
export interface NameLostOutput {
  readonly kind: 'nameLost'
  readonly other: Endpoint
}

/** What the driver carries out or passes on, in order. */
export type SerfOutput =
  | PacketEffect
  | LogEffect
  | MemberOutput
  | UserEventOutput
  | QueryOutput
  | ReconnectOutput
  | LeftOutput
  | NameLostOutput

const userType = Buffer.of(8)

/** Collects outputs until the driver takes them. */
export class SerfOutbox {
  #outputs: SerfOutput[] = []

  take(): SerfOutput[] {
    const outputs = this.#outputs
    this.#outputs = []
    return outputs
  }

  add(output: SerfOutput): void {
    this.#outputs.push(output)
  }

  member(kind: MemberChange['kind'], member: Member): void {
    this.#outputs.push({ kind: 'member', change: { kind, member } })
  }

  log(level: LogEffect['level'], text: string, fields: LogEffect['fields'] = {}): void {
    this.#outputs.push({ kind: 'log', level, text, fields })
  }

  /** One serf message straight to one member. The address is all that counts, so no checksum is promised (§3.2). */
  send(to: Endpoint, message: Buffer): void {
    this.#outputs.push({ kind: 'packet', to, parts: [Buffer.concat([userType, message])], crc: false })
  }
}
