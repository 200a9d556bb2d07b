import type { OptionDeclarations } from '../../src/kernel/options.ts'

export const httpOptions = {
  addresses: {
    type: 'addresses',
    key: 'addresses.http',
    help: 'Addresses HTTP listens on, separated by blanks: IPs and sockets such as unix:///run/proconsul.sock; client_addr when left out.',
    example: '"127.0.0.1 unix:///run/proconsul/http.sock"',
  },
  socketUser: {
    type: 'text',
    key: 'unix_sockets.user',
    help: 'Owner of those sockets, by name or number; the user of the agent when left out.',
    example: '"1000"',
  },
  socketGroup: {
    type: 'text',
    key: 'unix_sockets.group',
    help: 'Group of those sockets, by name or number.',
    example: '"1000"',
  },
  socketMode: {
    type: 'text',
    key: 'unix_sockets.mode',
    help: 'Permissions of those sockets, in octal; what the umask leaves when left out.',
    example: '"0660"',
  },
  responseHeaders: {
    type: 'map',
    key: 'http_config.response_headers',
    help: 'Headers to send with every reply, such as Access-Control-Allow-Origin.',
    example: '{ "Access-Control-Allow-Origin" = "*" }',
  },
  blockEndpoints: {
    type: 'list',
    key: 'http_config.block_endpoints',
    help: 'Beginnings of paths that are refused with 403.',
    example: '["/v1/agent/metrics"]',
  },
  allowWriteFrom: {
    type: 'list',
    key: 'http_config.allow_write_http_from',
    flag: 'allow-write-http-from',
    help: 'Networks from which anything but reading is allowed; 403 for others. Everybody may write when left out.',
    example: '["127.0.0.0/8"]',
  },
  connectionsPerClientMax: {
    type: 'integer',
    key: 'limits.http_max_conns_per_client',
    default: 200,
    min: -1,
    help: 'Most connections of one client IP at a time; 429 for more. 0 and -1 set no limit.',
    reloadable: true,
  },
  maxHeaderBytes: {
    type: 'integer',
    key: 'http_config.max_header_bytes',
    default: 1_048_576,
    min: 8_192,
    max: 16_777_216,
    help: 'Most bytes that the headers of a request may have; 431 beyond.',
  },
  allowUnprintablePaths: {
    type: 'boolean',
    key: 'disable_http_unprintable_char_filter',
    default: false,
    help: 'Accept paths with characters that print nothing, such as keys written by other programs; 400 otherwise.',
  },
  discoveryMaxStale: {
    type: 'duration',
    key: 'discovery_max_stale',
    default: '0s',
    min: '0s',
    help: 'How old answers of /v1/catalog and /v1/health may be that say nothing of it; 0s asks the leader.',
  },
} as const satisfies OptionDeclarations
