/**
 * The flags of `consul agent` that set a configuration key. One that no option declares is understood all the same, and
 * what happens to it is what unsupported.ts says of its key. Names: Consul's documentation, "Consul Agent", Options.
 */

/** A flag of `consul agent` and the key it sets; what happens to it is what happens to the key. */
export interface ConsulFlag {
  readonly key: string
  /** Go's boolean flags take no following word as their value. */
  readonly boolean: boolean
}

const flags = new Map<string, ConsulFlag>()
for (const [flag, key] of Object.entries({
  advertise: 'advertise_addr',
  'advertise-wan': 'advertise_addr_wan',
  'allow-write-http-from': 'http_config.allow_write_http_from',
  'alt-domain': 'alt_domain',
  bind: 'bind_addr',
  'bootstrap-expect': 'bootstrap_expect',
  check_output_max_size: 'check_output_max_size',
  client: 'client_addr',
  'data-dir': 'data_dir',
  datacenter: 'datacenter',
  'default-query-time': 'default_query_time',
  'dns-port': 'ports.dns',
  domain: 'domain',
  encrypt: 'encrypt',
  'grpc-port': 'ports.grpc',
  'http-port': 'ports.http',
  'https-port': 'ports.https',
  join: 'start_join',
  'join-wan': 'start_join_wan',
  'log-file': 'log_file',
  'log-level': 'log_level',
  'log-rotate-bytes': 'log_rotate_bytes',
  'log-rotate-duration': 'log_rotate_duration',
  'log-rotate-max-files': 'log_rotate_max_files',
  'max-query-time': 'max_query_time',
  node: 'node_name',
  'node-id': 'node_id',
  'node-meta': 'node_meta',
  'pid-file': 'pid_file',
  'primary-gateway': 'primary_gateways',
  protocol: 'protocol',
  'raft-protocol': 'raft_protocol',
  recursor: 'recursors',
  'retry-interval': 'retry_interval',
  'retry-interval-wan': 'retry_interval_wan',
  'retry-join': 'retry_join',
  'retry-join-wan': 'retry_join_wan',
  'retry-max': 'retry_max',
  'retry-max-wan': 'retry_max_wan',
  segment: 'segment',
  'serf-lan-allowed-cidrs': 'serf_lan_allowed_cidrs',
  'serf-lan-bind': 'serf_lan',
  'serf-lan-port': 'ports.serf_lan',
  'serf-wan-allowed-cidrs': 'serf_wan_allowed_cidrs',
  'serf-wan-bind': 'serf_wan',
  'serf-wan-port': 'ports.serf_wan',
  'server-port': 'ports.server',
  'ui-content-path': 'ui_content_path',
  'ui-dir': 'ui_dir',
})) {
  flags.set(flag, { key, boolean: false })
}
for (const [flag, key] of Object.entries({
  bootstrap: 'bootstrap',
  'disable-host-node-id': 'disable_host_node_id',
  'disable-keyring-file': 'disable_keyring_file',
  'enable-local-script-checks': 'enable_local_script_checks',
  'enable-script-checks': 'enable_script_checks',
  'log-json': 'log_json',
  'non-voting-server': 'non_voting_server',
  'read-replica': 'read_replica',
  rejoin: 'rejoin_after_leave',
  server: 'server',
  syslog: 'enable_syslog',
  ui: 'ui',
})) {
  flags.set(flag, { key, boolean: true })
}

export const consulFlags: ReadonlyMap<string, ConsulFlag> = flags

/** Flags Consul 1.0 dropped, with the one to write instead. */
export const droppedFlags: ReadonlyMap<string, string> = new Map([
  ['dc', '-datacenter'],
  ['atlas', 'nothing'],
  ['atlas-join', 'nothing'],
  ['atlas-token', 'nothing'],
  ['retry-join-ec2-region', '-retry-join="provider=aws …"'],
  ['retry-join-ec2-tag-key', '-retry-join="provider=aws …"'],
  ['retry-join-ec2-tag-value', '-retry-join="provider=aws …"'],
])
