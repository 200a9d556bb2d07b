import { describe, expect, test } from 'vitest'
import { Catalogue } from './catalogue.ts'
import { consulFlags } from './consul-flags.ts'
import { unsupportedKeys } from './unsupported.ts'

/** Keys of Consul 1.10 that owners declare, so that the table need not have them. */
const supported = new Set(
  `advertise_addr advertise_addr_wan bind_addr bootstrap bootstrap_expect check checks client_addr data_dir
  datacenter disable_keyring_file domain enable_local_script_checks enable_script_checks encrypt log_json
  log_level node_id node_meta node_name pid_file ports.dns ports.http ports.serf_lan ports.serf_wan ports.server
  rejoin_after_leave retry_interval retry_interval_wan retry_join retry_join_wan retry_max retry_max_wan serf_lan
  serf_lan_allowed_cidrs serf_wan serf_wan_allowed_cidrs server service services start_join start_join_wan`.split(
    /\s+/,
  ),
)

describe('the table of unsupported keys', () => {
  test('renames only to keys that are known', () => {
    for (const [key, verdict] of unsupportedKeys) {
      if (verdict.outcome === 'renamed') {
        expect(unsupportedKeys.has(verdict.to) || supported.has(verdict.to), `${key} → ${verdict.to}`).toBe(true)
        expect(unsupportedKeys.get(verdict.to)?.outcome).not.toBe('renamed')
      }
    }
  })

  test('makes a catalogue in which no key hides another', () => {
    const catalogue = new Catalogue([])
    for (const key of unsupportedKeys.keys()) expect(catalogue.find(key), key).toBeDefined()
  })

  test('knows the key of every flag of consul agent', () => {
    for (const [flag, { key }] of consulFlags) {
      expect(unsupportedKeys.has(key) || supported.has(key), `-${flag} sets ${key}`).toBe(true)
    }
  })

  test('gives every reason as a sentence that fits behind a colon', () => {
    for (const [key, verdict] of unsupportedKeys) {
      if (verdict.outcome !== 'renamed') expect(verdict.reason, key).toMatch(/^[A-Za-z].*[^.]$/)
    }
  })
})
