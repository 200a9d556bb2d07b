import { Agent } from '../../../src/kernel/agent.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { Log } from '../../../src/kernel/log.ts'
import type { OptionValues } from '../../../src/kernel/options.ts'
import { type AnyPlugin, definePlugin } from '../../../src/kernel/plugin.ts'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import type { NodeIdentity } from '../../node/contract.ts'
import type { DnsAnswer, DnsInstance, DnsQuestion, DnsServer } from '../contract.ts'
import { DnsListenError } from '../errors.ts'
import dns from '../index.ts'
import type { options } from '../options.ts'

export { ask } from './ask.ts'

/** What the zones of a test hold, by `kind` and name: `service web`, `node web1`, `arpa 192.0.2.1`. */
export type ZoneContent = Map<string, DnsAnswer>

export type DnsValues = OptionValues<typeof options>

export const defaultValues: DnsValues = {
  addresses: [],
  domain: 'consul',
  altDomain: '',
  nodeTtl: 0,
  serviceTtl: {},
  onlyPassing: false,
  enableTruncate: false,
  udpAnswerLimit: 3,
  aRecordLimit: 0,
  nodeMetaTxt: true,
  recursors: [],
  recursorStrategy: 'sequential',
  recursorTimeout: 500,
  soaRefresh: 3600,
  soaRetry: 600,
  soaExpire: 86400,
  soaMinTtl: 0,
  disableCompression: false,
  allowStale: true,
  maxStale: 315_360_000_000,
}

/** An agent that is nothing but a DNS server before zones that a test fills. */
export class DnsAgent {
  readonly content: ZoneContent = new Map()
  /** Questions the zones were asked, as keys of the content. */
  readonly asked: string[] = []
  readonly questions: DnsQuestion[] = []
  readonly log: string[] = []
  readonly #agent: Agent
  readonly #values: DnsValues
  #fatal: unknown

  constructor(values: Partial<DnsValues> = {}, { port = 0, addresses = ['127.0.0.1'] } = {}) {
    this.#values = { ...defaultValues, ...values }
    const node = definePlugin({
      name: 'node',
      provides: ['node'],
      setup: (agent) => agent.services.provide('node', identity(port, addresses)),
    })
    const zones = definePlugin({
      name: 'zones',
      setup: (agent) => {
        for (const kind of ['service', 'connect', 'node', 'arpa']) {
          agent.hooks.dnsZone.for(kind).tapPromise('zones', async (question) => this.#lookUp(question))
        }
      },
    })
    this.#agent = new Agent({
      plugins: [node, zones, dns].map((plugin) => ({ plugin: plugin as AnyPlugin, origin: 'test' })),
      optionsOf: (plugin) => (plugin.name === 'dns' ? this.#values : {}) as Record<string, unknown>,
      log: new Log({ level: 'debug', json: false, write: (line) => this.log.push(line), nowMs: () => 0 }),
      clock: systemClock,
      random: seededRandom(1),
      onFatal: (error) => {
        this.#fatal = error
      },
    })
  }

  /** An agent on a free port. One that is free for UDP may be taken for TCP; then another is tried. */
  static async started(values: Partial<DnsValues> = {}): Promise<DnsAgent> {
    for (let attempt = 1; ; attempt++) {
      const agent = new DnsAgent(values)
      try {
        await agent.start()
        return agent
      } catch (error) {
        if (!(error instanceof DnsListenError) || attempt === 10) throw error
      }
    }
  }

  start(): Promise<void> {
    return this.#agent.start()
  }

  reload(values: Partial<DnsValues>): Promise<void> {
    return this.#agent.reload((plugin) => (plugin.name === 'dns' ? { ...this.#values, ...values } : {}))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.stop()
    if (this.#fatal !== undefined) throw this.#fatal
  }

  get address(): string {
    return (this.#agent.services.find('dns') as DnsServer).addresses()[0] ?? ''
  }

  /** Puts a name into a zone; asked again, it is another version. */
  put(key: string, instances: readonly Partial<DnsInstance>[], more: Partial<DnsAnswer> = {}): void {
    const answer: DnsAnswer = {
      exists: true,
      instances: instances.map(instanceOf),
      shape: key.startsWith('service') ? 'service' : 'node',
      version: {},
      isCurrent: () => this.content.get(key) === answer,
      ...more,
    }
    this.content.set(key, answer)
  }

  #lookUp(question: DnsQuestion): DnsAnswer | undefined {
    const { kind, labels, address, datacenter } = question
    this.questions.push(question)
    const key = `${kind} ${address ?? labels.join('.').toLowerCase()}`
    this.asked.push(key)
    if (labels[0] === 'throws') throw new Error('a bug in a zone')
    return datacenter === 'dc1' ? this.content.get(key) : undefined
  }
}

export function instanceOf(partial: Partial<DnsInstance>): DnsInstance {
  return {
    address: '192.0.2.1',
    port: 80,
    weight: 1,
    node: 'web1',
    datacenter: 'dc1',
    ownAddress: false,
    nodeMeta: {},
    ...partial,
  }
}

function identity(dnsPort: number, clientAddresses: readonly string[]): NodeIdentity {
  const partial: Partial<NodeIdentity> = {
    datacenter: 'dc1',
    clientAddresses,
    ports: { http: -1, dns: dnsPort, server: -1, serfLan: -1, serfWan: -1 },
  }
  return partial as NodeIdentity
}
