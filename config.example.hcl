# Every setting of a Proconsul agent, with its default. Keys without one stand in comments.
#
#   bin/proconsul agent -server -bootstrap -bind=127.0.0.1 -data-dir=data -config-file=config.example.hcl
#
# Flags overrule files. "proconsul validate FILE" checks a file without starting; "proconsul agent -help" lists the flags.
# This file is generated from the declarations in the plugins: npm run docs.

# Least serious records that are logged: TRACE, DEBUG, INFO, WARN or ERR.
log_level = "INFO"

# Log JSON lines in place of text.
log_json = false

# File that holds the process id while the agent runs.
# pid_file = "/run/proconsul.pid"

# Leave the cluster when a SIGTERM ends the agent; left out, clients do and servers do not.
# leave_on_terminate = true

# Do not leave the cluster when a SIGINT ends the agent; left out, servers skip it and clients leave.
# skip_leave_on_interrupt = true

# Name of this node in the cluster; the host name when left out.
# node_name = "web-1"

# UUID of this node; made once and kept in the data directory when left out.
# node_id = "6b4f5bd6-0b51-4f0b-9a6b-000000000001"

# Datacenter this agent belongs to: letters, digits, - and _.
datacenter = "dc1"

# Keep everything in memory and write nothing; what the flag -dev sets, beside other defaults.
dev_mode = false

# Take part in consensus and keep the replicated state.
server = false

# Folder for everything this agent keeps; required unless -dev.
# data_dir = "./data"

# Address the cluster ports listen on.
bind_addr = "0.0.0.0"

# Address others reach this agent at; the bind address, or the first private one, when left out.
# advertise_addr = "192.0.2.10"

# Address agents of other datacenters reach this one at; the advertised one when left out.
# advertise_addr_wan = "198.51.100.10"

# Addresses HTTP and DNS listen on, separated by blanks; addresses.http and addresses.dns come first.
client_addr = "127.0.0.1"

# Facts about this node, shown in the catalog: at most 64 pairs.
# node_meta { rack = "r7" }

# Agents to join at start, as address or address:port; when none of them can be reached the start fails.
# start_join = ["10.0.0.11", "10.0.0.12"]

# Servers of other datacenters to join at start.
# start_join_wan = ["198.51.100.20"]

# Agents to join, tried again until one can be reached. Names may resolve to several addresses.
# retry_join = ["consul.example.com"]

# Servers of other datacenters to join, tried again until one can be reached.
# retry_join_wan = ["198.51.100.20"]

# Time between attempts of retry_join.
retry_interval = "30s"

# Time between attempts of retry_join_wan.
retry_interval_wan = "30s"

# Attempts of retry_join after the first, before the agent gives up and stops; 0 never gives up.
retry_max = 0

# The same for retry_join_wan.
retry_max_wan = 0

# Join the members known from before also after this agent left on purpose.
rejoin_after_leave = false

# Address the gossip port within the datacenter listens on; bind_addr when left out.
# serf_lan = "10.0.0.10"

# Address the gossip port between datacenters listens on; bind_addr when left out.
# serf_wan = "10.0.0.10"

# Networks that members of the LAN pool may have addresses in; all when left out.
# serf_lan_allowed_cidrs = ["10.0.0.0/8"]

# Networks that members of the WAN pool may have addresses in; all when left out.
# serf_wan_allowed_cidrs = ["198.51.100.0/24"]

# Key that gossip is encrypted with: 16, 24 or 32 bytes in base64 (proconsul keygen). A keyring in data_dir comes first.
# encrypt = "pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s="

# Refuse gossip that is not encrypted; false while encryption is being rolled out.
encrypt_verify_incoming = true

# Encrypt what is sent; false while encryption is being rolled out.
encrypt_verify_outgoing = true

# Keep the keyring in memory only; after a restart it holds encrypt and nothing else.
disable_keyring_file = false

# How long a failed member of the LAN pool is kept and tried to reach before it is forgotten.
reconnect_timeout = "72h"

# The same in the WAN pool.
reconnect_timeout_wan = "72h"

# How long the others shall keep this client once it failed, in place of their reconnect_timeout.
# advertise_reconnect_timeout = "15m"

# Begin a new cluster with this server as its only voter, unless the data directory holds one already.
bootstrap = false

# Number of servers that begin a new cluster; 1 is the same as bootstrap, 0 waits to be added.
bootstrap_expect = 0

# Entries since the last snapshot that make the next one worth while.
raft_snapshot_threshold = 16384

# How often to look whether a snapshot is due; up to twice as long at random.
raft_snapshot_interval = "30s"

# Entries kept behind a snapshot for servers that are a little behind.
raft_trailing_logs = 10240

# Switches network coordinates off: this agent reports none, and its /v1/coordinate endpoints refuse.
disable_coordinates = false

# Least time between two reports of where this agent stands.
sync_coordinate_interval_min = "15s"

# Reports a second that all agents together may send; a large cluster has each report less often.
sync_coordinate_rate_target = 64

# Shortest TTL a session may have; it lapses after twice its TTL.
session_ttl_min = "10s"

# A service of this node, as a block that may be repeated: name, id, port, address, tags, meta, check, checks.
# service { name = "web"  port = 8080  check { http = "http://127.0.0.1:8080/"  interval = "10s" } }

# Services of this node, as a list.
# services = [{ name = "db"  port = 5432 }]

# A check of this node, or of the service that service_id names, as a block that may be repeated.
# check { name = "disk"  args = ["/usr/local/bin/check-disk"]  interval = "30s" }

# Checks of this node, as a list.
# checks = [{ name = "ssh"  tcp = "127.0.0.1:22"  interval = "10s" }]

# Run scripts as checks, also those registered over the HTTP API: whoever may write to it can then run programs.
enable_script_checks = false

# Run scripts as checks when they stand in configuration files.
enable_local_script_checks = false

# How long a change of a check's output alone may wait before it is in the catalog; 0s sends it at once.
check_update_interval = "5m"

# Most bytes of output that are kept of a check.
check_output_max_size = 4096

# Accept paths with characters that print nothing, such as keys written by other programs; 400 otherwise.
disable_http_unprintable_char_filter = false

# How old answers of /v1/catalog and /v1/health may be that say nothing of it; 0s asks the leader.
discovery_max_stale = "0s"

# Domain whose names this agent answers itself.
domain = "consul"

# A second domain that answers the same names. For example: "internal.example"
alt_domain = ""

# DNS servers that answer for names that are not ours. Without any, such questions are refused.
# recursors = ["192.0.2.53", "[2001:db8::53]:5353"]

ports {
  # TCP port of the HTTP API; -1 is off.
  http = 8500

  # UDP and TCP port that answers DNS; -1 is off.
  dns = 8600

  # TCP port servers talk to one another on.
  server = 8300

  # UDP and TCP port of gossip within the datacenter.
  serf_lan = 8301

  # UDP and TCP port of gossip between datacenters; -1 is off.
  serf_wan = 8302

  # First of the ports that are given to sidecar proxies.
  sidecar_min_port = 21000

  # Last of the ports that are given to sidecar proxies.
  sidecar_max_port = 21255
}

plugins {
  gossip {
    # Compress what is sent where that makes it smaller, as Consul always does; what others compress is understood anyway.
    compress = true
  }
}

gossip_lan {
  # How often news is passed on.
  gossip_interval = "200ms"

  # Members that news is passed to each time.
  gossip_nodes = 3

  # How often one of the members is asked whether it lives.
  probe_interval = "1s"

  # How long its answer may take before others are asked to try.
  probe_timeout = "500ms"

  # How long a silent member has to protest, in probe intervals; more in pools of more than ten.
  suspicion_mult = 4

  # How often each piece of news is sent, times the logarithm of the number of members.
  retransmit_mult = 4
}

gossip_wan {
  # How often news is passed on.
  gossip_interval = "500ms"

  # Members that news is passed to each time.
  gossip_nodes = 3

  # How often one of the members is asked whether it lives.
  probe_interval = "5s"

  # How long its answer may take before others are asked to try.
  probe_timeout = "3s"

  # How long a silent member has to protest, in probe intervals; more in pools of more than ten.
  suspicion_mult = 6

  # How often each piece of news is sent, times the logarithm of the number of members.
  retransmit_mult = 4
}

performance {
  # Scales the timeouts by which a lost leader is noticed: 1 is for fast networks, 5 for small machines.
  raft_multiplier = 5

  # How long a request waits for a leader before it is refused.
  rpc_hold_timeout = "7s"
}

limits {
  # How long a connection to the server port may take to say what it is.
  rpc_handshake_timeout = "5s"

  # Connections to the server port from one address; 0 sets no limit.
  rpc_max_conns_per_client = 100

  # Calls a second that a client agent makes to servers, 429 for more; below 0 there is no limit.
  rpc_rate = -1

  # Calls to servers that a client agent may make at once after a pause, when it has a rate.
  rpc_max_burst = 1000

  # Most bytes a value may have.
  kv_max_value_size = 524288

  # Most bytes the body of a transaction may have; at least limits.kv_max_value_size is accepted.
  txn_max_req_len = 524288

  # Most connections of one client IP at a time; 429 for more. 0 and -1 set no limit.
  http_max_conns_per_client = 200
}

autopilot {
  # Take failed servers out of the cluster once the others do without them.
  cleanup_dead_servers = true

  # A server that has not heard the leader for longer counts as unhealthy.
  last_contact_threshold = "200ms"

  # A server whose log is further behind than so many entries counts as unhealthy.
  max_trailing_logs = 250

  # Dead servers are not taken out below so many voters.
  min_quorum = 0

  # How long a new server must have been healthy before it gets a vote.
  server_stabilization_time = "10s"
}

addresses {
  # Addresses HTTP listens on, separated by blanks: IPs and sockets such as unix:///run/proconsul.sock; client_addr when left out.
  # http = "127.0.0.1 unix:///run/proconsul/http.sock"

  # Addresses DNS listens on, separated by blanks; client_addr when left out.
  # dns = "127.0.0.1 10.0.0.10"
}

unix_sockets {
  # Owner of those sockets, by name or number; the user of the agent when left out.
  # user = "1000"

  # Group of those sockets, by name or number.
  # group = "1000"

  # Permissions of those sockets, in octal; what the umask leaves when left out.
  # mode = "0660"
}

http_config {
  # Headers to send with every reply, such as Access-Control-Allow-Origin.
  # response_headers { "Access-Control-Allow-Origin" = "*" }

  # Beginnings of paths that are refused with 403.
  # block_endpoints = ["/v1/agent/metrics"]

  # Networks from which anything but reading is allowed; 403 for others. Everybody may write when left out.
  # allow_write_http_from = ["127.0.0.0/8"]

  # Most bytes that the headers of a request may have; 431 beyond.
  max_header_bytes = 1048576
}

dns_config {
  # How long resolvers may keep the answer for a node.
  node_ttl = "0s"

  # How long resolvers may keep the answer for a service, by its name. A name that ends with * stands for all that begin so; the longest one that fits counts.
  # service_ttl { "*" = "10s", "web" = "30s", "db-*" = "5s" }

  # Leaves out instances with a warning too, and not only critical ones.
  only_passing = false

  # Sets the TC flag on answers that were cut, so that resolvers ask again over TCP.
  enable_truncate = false

  # Most records in the answer to a UDP question without EDNS; never more than 8.
  udp_answer_limit = 3

  # Most addresses in any answer; 0 is no limit.
  a_record_limit = 0

  # Adds a node's metadata as TXT records to answers that were not asked for them.
  node_meta_txt = true

  # Writes every name out in full.
  disable_compression = false

  # In which order recursors are asked until one answers.
  recursor_strategy = "sequential"

  # How long to wait for the response of each recursor.
  recursor_timeout = "2s"

  # Lets a server that is not the leader answer from what it knows.
  allow_stale = true

  # How long after the last word from the leader such a server still answers.
  max_stale = "87600h"

  soa {
    # SOA: seconds after which a secondary server asks for news.
    refresh = 3600

    # SOA: seconds after which a secondary server asks again when it got no answer.
    retry = 600

    # SOA: seconds without an answer after which a secondary server gives up the zone.
    expire = 86400

    # SOA: seconds for which resolvers may keep the answer that a name does not exist.
    min_ttl = 0
  }
}

telemetry {
  # In front of the name of every figure; empty for none.
  metrics_prefix = "consul"

  # Leave the host out of the names of gauges.
  disable_hostname = false

  # How long a figure that is not heard of any more is shown to Prometheus; 0s keeps nothing for it.
  prometheus_retention_time = "0s"
}
