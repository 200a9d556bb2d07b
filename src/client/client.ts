import { type Clock, systemClock } from '../kernel/clock.ts'
import { AgentClient } from './agent.ts'
import { Caller } from './caller.ts'
import { CatalogClient, HealthClient } from './catalog.ts'
import { CoordinateClient } from './coordinate.ts'
import { EventClient } from './event.ts'
import { KvClient } from './kv.ts'
import { OperatorClient } from './operator.ts'
import { SessionClient } from './session.ts'
import { type ClientSettings, type Endpoint, formatEndpoint, settleEndpoint } from './settings.ts'
import { StatusClient } from './status.ts'
import { type Answer, type Request, Transport } from './transport.ts'

export interface ClientSurroundings {
  /** Where settings come from that are not given; that of the process when left out. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Waits of locks and semaphores. */
  readonly clock?: Clock
}

/**
 * A client of one agent, Proconsul's or Consul's:
 *
 *     const consul = new ConsulClient({ address: '127.0.0.1:8500' })
 *     await consul.kv.put('greeting', 'hello')
 *     let { value, meta } = await consul.kv.get('greeting')
 *     ;({ value, meta } = await consul.kv.get('greeting', { index: meta.index, waitMs: 60_000 })) // waits for a change
 *
 * Reads resolve with the value and what the headers say of it, writes with what the agent answered. A status that is no
 * success rejects with UnexpectedResponseError, an agent that cannot be reached with AgentUnreachableError.
 */
export class ConsulClient {
  readonly agent: AgentClient
  readonly catalog: CatalogClient
  readonly coordinate: CoordinateClient
  readonly event: EventClient
  readonly health: HealthClient
  readonly kv: KvClient
  readonly operator: OperatorClient
  readonly session: SessionClient
  readonly status: StatusClient
  readonly endpoint: Endpoint
  readonly clock: Clock
  readonly #transport: Transport

  /** @throws ClientSettingError when an address or a file cannot be used */
  constructor(
    settings: ClientSettings = {},
    { environment = process.env, clock = systemClock }: ClientSurroundings = {},
  ) {
    this.endpoint = settleEndpoint(settings, environment)
    this.clock = clock
    this.#transport = new Transport(this.endpoint)
    const caller = new Caller(this.#transport)
    this.agent = new AgentClient(caller)
    this.catalog = new CatalogClient(caller)
    this.coordinate = new CoordinateClient(caller)
    this.event = new EventClient(caller)
    this.health = new HealthClient(caller)
    this.kv = new KvClient(caller)
    this.operator = new OperatorClient(caller)
    this.session = new SessionClient(caller)
    this.status = new StatusClient(caller)
  }

  /** Any request, for endpoints that have no method here; resolves whatever the status. */
  send(request: Request): Promise<Answer> {
    return this.#transport.send(request)
  }

  /** Closes the connections that are kept. */
  close(): void {
    this.#transport.close()
  }

  /** The address requests go to, as people write it. */
  toString(): string {
    return formatEndpoint(this.endpoint)
  }
}
