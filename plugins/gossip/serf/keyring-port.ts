/**
 * What serf may do to the keys that packets are sealed with. Changes throw a ProconsulError whose message is sent to who
 * asked, among others when the pool is not encrypted; a key that cannot be kept across a restart is no success either.
 */
export interface KeyringPort {
  /** Adds a key; one that is there stays. */
  install(key: Buffer): void
  /** Makes an installed key the one to seal with. */
  use(key: Buffer): void
  /** Takes a key away, but not the primary one. */
  remove(key: Buffer): void
  /** All keys in base64, the primary one first; none when the pool is not encrypted. */
  list(): readonly string[]
}
