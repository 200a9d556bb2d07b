import type { GossipKeys } from '../wire/layers.ts'
import { KeyringRefusedError } from './errors.ts'
import { isKeySize } from './seal.ts'

/** The keys of a pool that does not encrypt. */
export const noKeys: GossipKeys = { primary: undefined, keys: [] }

/**
 * The keys of a pool (protocol/gossip.md §9.7). Everything is encrypted with the primary one; what arrives may be encrypted
 * with any. A rotation installs a key everywhere, then uses it everywhere, then removes the old one.
 */
export class Keyring implements GossipKeys {
  #keys: readonly Buffer[] = []
  readonly #keep: (keys: readonly string[]) => void

  /**
   * `keys[0]` becomes the primary one; without keys the pool does not encrypt, and no key can be installed. `keep` is given
   * what `list` gives whenever that changes; when it throws, the keys stay as they were.
   *
   * @throws KeyringRefusedError when a key has a wrong size
   */
  constructor(keys: readonly Uint8Array[] = [], keep: (keys: readonly string[]) => void = () => {}) {
    for (const key of keys) this.#keys = withKey(this.#keys, key)
    this.#keep = keep
  }

  /** Whether the pool is encrypted. */
  get enabled(): boolean {
    return this.#keys.length > 0
  }

  get keys(): readonly Buffer[] {
    return this.#keys
  }

  get primary(): Buffer | undefined {
    return this.#keys[0]
  }

  /** All keys in base64, the primary one first: what the keyring file and answers to members hold. */
  list(): string[] {
    return this.#keys.map(base64)
  }

  /** Adds a key that others may soon use. One that is there already stays. @throws KeyringRefusedError */
  install(key: Uint8Array): void {
    this.#become(withKey(this.#enabledKeys(), key))
  }

  /** Makes an installed key the primary one. @throws KeyringRefusedError */
  use(key: Uint8Array): void {
    const found = this.#enabledKeys().find((one) => one.equals(key))
    if (found === undefined) throw new KeyringRefusedError('Requested key is not in the keyring')
    this.#become([found, ...this.#keys.filter((one) => one !== found)])
  }

  /** Takes a key away; one that is not there is no trouble. @throws KeyringRefusedError */
  remove(key: Uint8Array): void {
    if (this.#enabledKeys()[0]!.equals(key)) throw new KeyringRefusedError('Removing the primary key is not allowed')
    this.#become(this.#keys.filter((one) => !one.equals(key)))
  }

  #become(keys: readonly Buffer[]): void {
    this.#keep(keys.map(base64))
    this.#keys = keys
  }

  #enabledKeys(): readonly Buffer[] {
    if (!this.enabled) throw new KeyringRefusedError('Keyring is empty (encryption not enabled)')
    return this.#keys
  }
}

function withKey(keys: readonly Buffer[], key: Uint8Array): readonly Buffer[] {
  if (!isKeySize(key.length)) throw new KeyringRefusedError('key size must be 16, 24 or 32 bytes')
  return keys.some((one) => one.equals(key)) ? keys : [...keys, Buffer.from(key)]
}

function base64(key: Buffer): string {
  return key.toString('base64')
}
