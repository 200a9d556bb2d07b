/**
 * Every configuration key of Consul 1.10 that an owner may not declare yet, with what happens to it, and the spellings
 * Consul has given up. A key that some plugin declares is that plugin's, whatever stands here: supporting one needs no
 * change to this table. Names: Consul's documentation, "Agent configuration reference".
 */
export type Verdict =
  /** Accepted with a warning that gives `reason`. */
  | { readonly outcome: 'ignored'; readonly reason: string; readonly harmless?: readonly unknown[] }
  /** An error that gives `reason`: going on without it would surprise or endanger. */
  | { readonly outcome: 'refused'; readonly reason: string; readonly harmless?: readonly unknown[] }
  /** Consul's old spelling of another key. */
  | { readonly outcome: 'renamed'; readonly to: string }

// `harmless` values ask for nothing that is missing, so nothing is said about them.
const off = [false] as const
const noPort = [-1, 0] as const
const nothing = ['', []] as const

const table = new Map<string, Verdict>()

/** `names` stand under `block`, or at the top when that is empty. */
function put(verdict: Verdict, block: string, names: string): void {
  for (const name of names.split(/\s+/)) table.set(block === '' ? name : `${block}.${name}`, verdict)
}

const ignore = (reason: string, harmless?: readonly unknown[]): Verdict => ({ outcome: 'ignored', reason, harmless })
const refuse = (reason: string, harmless?: readonly unknown[]): Verdict => ({ outcome: 'refused', reason, harmless })
const renamed = (to: string): Verdict => ({ outcome: 'renamed', to })

// Access control. Only switching it on is refused; the rest means nothing while it is off.
put(refuse('access control is not supported yet; set it to false or remove it', off), '', 'acl.enabled')
put(
  ignore('access control is off, every request is allowed'),
  'acl',
  `enable_token_replication policy_ttl role_ttl token_ttl down_policy default_policy enable_key_list_policy disabled_ttl
  enable_token_persistence msp_disable_bootstrap tokens`,
)
put(refuse('it switches access control on, which is not supported yet; remove it', nothing), '', 'acl_datacenter')
put(renamed('acl.default_policy'), '', 'acl_default_policy')
put(renamed('acl.down_policy'), '', 'acl_down_policy')
put(renamed('acl.token_ttl'), '', 'acl_ttl')
put(renamed('acl.enable_key_list_policy'), '', 'acl_enable_key_list_policy')
put(renamed('acl.enable_token_replication'), '', 'enable_acl_replication')
put(
  ignore('access control is off, every request is allowed'),
  '',
  'acl_agent_master_token acl_agent_token acl_master_token acl_replication_token acl_token acl_disabled_ttl',
)

// Encryption. Without it, what the operator wants secret would travel in the clear.
put(
  refuse('TLS is not supported yet; remove it and put a TLS proxy in front', [false, '']),
  '',
  `verify_incoming verify_incoming_https verify_incoming_rpc verify_outgoing verify_server_hostname ca_file ca_path
  cert_file key_file`,
)
put(
  ignore('TLS is not supported yet', [false, '']),
  '',
  'tls_cipher_suites tls_min_version tls_prefer_server_cipher_suites server_name enable_agent_tls_for_checks',
)
put(refuse('HTTPS is not supported yet; put a TLS proxy in front', noPort), '', 'ports.https')
put(ignore('HTTPS is not supported yet'), '', 'addresses.https')
put(refuse('TLS is not supported yet, and this key came with Consul 1.12; remove the block'), '', 'tls')
put(refuse('certificates from servers are not supported yet; remove it', off), 'auto_encrypt', 'tls allow_tls')
put(ignore('certificates from servers are not supported yet'), 'auto_encrypt', 'dns_san ip_san')
put(refuse('configuration from servers is not supported yet; write it in a file', off), '', 'auto_config.enabled')
put(
  ignore('configuration from servers is not supported yet'),
  'auto_config',
  'intro_token intro_token_file server_addresses dns_sans ip_sans authorization',
)

// Federation.
put(ignore('it has no effect yet'), '', 'translate_wan_addrs advertise_addr_wan_ipv4 advertise_addr_wan_ipv6')
put(ignore('it has no effect yet'), '', 'disable_coordinates sync_coordinate_interval_min sync_coordinate_rate_target')
put(ignore('only one datacenter is supported yet', nothing), '', 'primary_datacenter')
put(refuse('only one datacenter is supported yet; remove it', nothing), '', 'primary_gateways')
put(ignore('only one datacenter is supported yet'), '', 'primary_gateways_interval')

// What would silently not happen.
put(refuse('watches are not supported yet; watch with blocking queries instead', nothing), '', 'watches')
put(refuse('config entries are not supported yet; remove it', nothing), '', 'config_entries.bootstrap')
put(
  refuse('names outside the domain are not forwarded yet; point resolvers at their own servers for those', nothing),
  '',
  'recursors',
)
put(refuse('endpoints cannot be closed yet; close them in a proxy', nothing), 'http_config', 'block_endpoints')
put(
  refuse('writes cannot be limited by address yet; limit them in a proxy', nothing),
  'http_config',
  'allow_write_http_from',
)

// Service mesh and its gRPC face.
put(
  ignore('the service mesh is not supported yet', [true, false]),
  'connect',
  'enabled enable_mesh_gateway_wan_federation',
)
put(ignore('the service mesh is not supported yet'), 'connect', 'ca_provider ca_config test_ca_leaf_root_change_spread')
put(refuse('gRPC is not supported yet; set it to -1 or remove it', noPort), 'ports', 'grpc grpc_tls')
put(ignore('gRPC is not supported yet'), '', 'addresses.grpc')
put(
  ignore('the service mesh is not supported yet'),
  'ports',
  'proxy_min_port proxy_max_port sidecar_min_port sidecar_max_port expose_min_port expose_max_port',
)
put(ignore('central service defaults are not supported yet', off), '', 'enable_central_service_config')

// Faces.
put(ignore('the web UI is not supported yet', off), '', 'ui_config.enabled')
put(
  ignore('the web UI is not supported yet'),
  'ui_config',
  `dir content_path metrics_provider metrics_provider_files metrics_provider_options_json metrics_proxy
  dashboard_url_templates`,
)
put(renamed('ui_config.enabled'), '', 'ui')
put(renamed('ui_config.dir'), '', 'ui_dir')
put(renamed('ui_config.content_path'), '', 'ui_content_path')
put(ignore('it has no effect yet'), 'http_config', 'response_headers use_cache max_header_bytes')
put(ignore('it has no effect yet'), '', 'alt_domain disable_http_unprintable_char_filter enable_debug')
put(
  ignore('it has no effect yet'),
  'dns_config',
  `allow_stale a_record_limit disable_compression enable_truncate max_stale node_ttl only_passing recursor_timeout
  recursor_strategy service_ttl udp_answer_limit enable_additional_node_meta_txt soa use_cache cache_max_age
  prefer_namespace`,
)

// Tuning and telemetry: an agent without them works the same.
put(
  ignore('it has no effect yet'),
  'limits',
  `http_max_conns_per_client https_handshake_timeout rpc_handshake_timeout rpc_max_burst rpc_max_conns_per_client
  rpc_rate kv_max_value_size txn_max_req_len`,
)
put(ignore('it has no effect yet'), 'performance', 'leave_drain_time raft_multiplier rpc_hold_timeout')
put(ignore('it has no effect yet'), 'cache', 'entry_fetch_max_burst entry_fetch_rate entry_fetch_rate_limit')
put(ignore('it has no effect yet'), '', 'rpc.enable_streaming')
put(
  ignore('it has no effect yet'),
  '',
  `use_streaming_backend default_query_time max_query_time discovery_max_stale session_ttl_min check_update_interval
  check_output_max_size discard_check_output raft_snapshot_threshold raft_snapshot_interval raft_trailing_logs
  raft_boltdb tagged_addresses advertise_addr_ipv4 advertise_addr_ipv6`,
)
put(ignore('node identities are always random', [true]), '', 'disable_host_node_id')
put(ignore('no other protocol version is spoken', [2]), '', 'protocol')
put(ignore('no other protocol version is spoken', [3]), '', 'raft_protocol')
put(ignore('nothing is ever sent to check for updates', [true]), '', 'disable_update_check disable_anonymous_signature')
put(ignore('commands from the network are never run', [true]), '', 'disable_remote_exec')
put(
  ignore('logs go to standard output; let the service manager keep them'),
  '',
  'enable_syslog syslog_facility log_file log_rotate_bytes log_rotate_duration log_rotate_max_files',
)
put(
  ignore('figures are sent nowhere; they are read from /v1/agent/metrics'),
  'telemetry',
  `circonus_api_app circonus_api_token circonus_api_url circonus_broker_id circonus_broker_select_tag
  circonus_check_display_name circonus_check_force_metric_activation circonus_check_id circonus_check_instance_id
  circonus_check_search_tag circonus_check_tags circonus_submission_interval circonus_submission_url disable
  disable_compat_1.9 disable_hostname dogstatsd_addr dogstatsd_tags filter_default metrics_prefix prefix_filter
  prometheus_retention_time statsd_address statsite_address`,
)

// Consul fixes these itself, whatever a file says.
put(
  ignore('Consul lets nobody set it either'),
  '',
  `ae_interval check_deregister_interval_min check_reap_interval revision segment_limit segment_name_limit version
  version_prerelease consul`,
)
put(ignore('it is for another program'), '', 'snapshot_agent')

// Consul Enterprise.
const enterprise = 'it is for Consul Enterprise'
put(ignore(enterprise), '', 'license_path')
put(
  refuse(`${enterprise}; remove it`, [false, ...nothing]),
  '',
  'audit segment segments read_replica partition namespace',
)
put(renamed('read_replica'), '', 'non_voting_server')
put(ignore(enterprise), 'autopilot', 'disable_upgrade_migration redundancy_zone_tag upgrade_version_tag')

// Later than Consul 1.10.
put(
  ignore('it came with a later Consul than 1.10'),
  '',
  'auto_reload_config cloud experiments locality peering raft_logstore reporting server_rejoin_age_max xds',
)
put(ignore('it came with a later Consul than 1.10'), 'limits', 'request_limits')

// Gone since Consul 1.0, but still found in files.
put(refuse('Consul 1.0 dropped it; write recursors = ["…"]'), '', 'recursor')
put(refuse('Consul 1.0 dropped it; write advertise_addr and ports'), '', 'advertise_addrs')
put(refuse('Consul 1.0 dropped it; write http_config { response_headers { … } }'), '', 'http_api_response_headers')
put(refuse('Consul 1.0 dropped it; write telemetry { statsd_address = "…" }'), '', 'statsd_addr')
put(refuse('Consul 1.0 dropped it; write telemetry { statsite_address = "…" }'), '', 'statsite_addr')
put(refuse('Consul 1.0 dropped it; write telemetry { metrics_prefix = "…" }'), '', 'statsite_prefix')
put(refuse('Consul 1.0 dropped it; write retry_join = ["provider=aws …"]'), '', 'retry_join_ec2')
put(refuse('Consul 1.0 dropped it; the command line uses HTTP'), '', 'ports.rpc addresses.rpc')
put(
  refuse('Consul 0.9 dropped it; remove it'),
  '',
  'atlas_infrastructure atlas_token atlas_acl_token atlas_join atlas_endpoint',
)

export const unsupportedKeys: ReadonlyMap<string, Verdict> = table
