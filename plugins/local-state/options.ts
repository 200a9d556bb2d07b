import type { OptionDeclarations } from '../../src/kernel/options.ts'

/** What is registered by configuration, and what checks may do. Keys are Consul's. */
export const localStateOptions = {
  service: {
    type: 'any',
    key: 'service',
    reloadable: true,
    help: 'A service of this node, as a block that may be repeated: name, id, port, address, tags, meta, check, checks.',
    example: '{ name = "web"  port = 8080  check { http = "http://127.0.0.1:8080/"  interval = "10s" } }',
  },
  services: {
    type: 'any',
    key: 'services',
    reloadable: true,
    help: 'Services of this node, as a list.',
    example: '[{ name = "db"  port = 5432 }]',
  },
  check: {
    type: 'any',
    key: 'check',
    reloadable: true,
    help: 'A check of this node, or of the service that service_id names, as a block that may be repeated.',
    example: '{ name = "disk"  args = ["/usr/local/bin/check-disk"]  interval = "30s" }',
  },
  checks: {
    type: 'any',
    key: 'checks',
    reloadable: true,
    help: 'Checks of this node, as a list.',
    example: '[{ name = "ssh"  tcp = "127.0.0.1:22"  interval = "10s" }]',
  },
  enableScriptChecks: {
    type: 'boolean',
    key: 'enable_script_checks',
    flag: 'enable-script-checks',
    default: false,
    help: 'Run scripts as checks, also those registered over the HTTP API: whoever may write to it can then run programs.',
  },
  enableLocalScriptChecks: {
    type: 'boolean',
    key: 'enable_local_script_checks',
    flag: 'enable-local-script-checks',
    default: false,
    help: 'Run scripts as checks when they stand in configuration files.',
  },
  checkUpdateInterval: {
    type: 'duration',
    key: 'check_update_interval',
    default: '5m',
    min: '0s',
    help: "How long a change of a check's output alone may wait before it is in the catalog; 0s sends it at once.",
  },
  checkOutputMaxSize: {
    type: 'integer',
    key: 'check_output_max_size',
    default: 4096,
    min: 1,
    max: 1024 * 1024,
    help: 'Most bytes of output that are kept of a check.',
  },
  sidecarMinPort: {
    type: 'port',
    key: 'ports.sidecar_min_port',
    default: 21000,
    help: 'First of the ports that are given to sidecar proxies.',
  },
  sidecarMaxPort: {
    type: 'port',
    key: 'ports.sidecar_max_port',
    default: 21255,
    help: 'Last of the ports that are given to sidecar proxies.',
  },
} as const satisfies OptionDeclarations
