import { execFileSync } from 'node:child_process'

/**
 * Hosts of a network of their own, made of namespaces of the kernel and two switches: every host hangs on the first, and can be
 * moved to the second, where it sees nobody but those that were moved there too. Needs root and `ip`.
 */
export class Namespaces {
  readonly #prefix = `pc${process.pid % 100_000}`
  readonly #hosts: number

  constructor(hosts: number) {
    this.#hosts = hosts
    this.#ip('netns', 'add', this.#hub)
    try {
      for (const bridge of ['main', 'other']) {
        this.#inHub('link', 'add', bridge, 'type', 'bridge')
        this.#inHub('link', 'set', bridge, 'up')
      }
      for (let host = 0; host < hosts; host++) this.#add(host)
    } catch (error) {
      this[Symbol.dispose]()
      throw error
    }
  }

  address(host: number): string {
    return `10.213.0.${host + 1}`
  }

  /** The beginning of a command that runs on a host. */
  on(host: number): readonly [string, ...string[]] {
    return ['ip', 'netns', 'exec', this.#name(host)]
  }

  /** Cuts these hosts off from all others. */
  cut(...hosts: readonly number[]): void {
    for (const host of hosts) this.#inHub('link', 'set', `port${host}`, 'master', 'other')
  }

  heal(): void {
    for (let host = 0; host < this.#hosts; host++) this.#inHub('link', 'set', `port${host}`, 'master', 'main')
  }

  [Symbol.dispose](): void {
    const names = [this.#hub, ...Array.from({ length: this.#hosts }, (_, host) => this.#name(host))]
    const there = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })
    for (const name of names) if (there.includes(name)) this.#ip('netns', 'del', name)
  }

  get #hub(): string {
    return `${this.#prefix}-hub`
  }

  #name(host: number): string {
    return `${this.#prefix}-${host}`
  }

  #add(host: number): void {
    const name = this.#name(host)
    this.#ip('netns', 'add', name)
    this.#inHub('link', 'add', `port${host}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
    this.#inHub('link', 'set', `port${host}`, 'master', 'main')
    this.#inHub('link', 'set', `port${host}`, 'up')
    this.#ip('-n', name, 'addr', 'add', `${this.address(host)}/24`, 'dev', 'eth0')
    this.#ip('-n', name, 'link', 'set', 'eth0', 'up')
    this.#ip('-n', name, 'link', 'set', 'lo', 'up')
  }

  #inHub(...args: string[]): void {
    this.#ip('-n', this.#hub, ...args)
  }

  #ip(...args: string[]): void {
    execFileSync('ip', args, { stdio: 'pipe' })
  }
}
