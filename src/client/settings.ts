import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ClientSettingError } from './errors.ts'

/** How to reach an agent. What is left out comes from the environment, as with Consul's own tools. */
export interface ClientSettings {
  /** `127.0.0.1:8500`, `http://…`, `https://…` with an optional path in front of `/v1`, or `unix:///path/to/socket`. */
  readonly address?: string
  readonly token?: string
  /** A file whose content is the token; `token` has precedence. */
  readonly tokenFile?: string
  /** Sent as `dc` with every request that does not name another datacenter. */
  readonly datacenter?: string
  /** `name` or `name:password`, for a proxy that asks for one. */
  readonly basicAuth?: string
  /** Use TLS although the address names no scheme. */
  readonly tls?: boolean
  /** Checks the server's certificate; true when left out. */
  readonly tlsVerify?: boolean
  readonly tlsServerName?: string
  readonly caFile?: string
  /** A folder of certificates, all of which are trusted. `caFile` has precedence. */
  readonly caPath?: string
  readonly certificateFile?: string
  readonly keyFile?: string
}

/** Where requests go and what every one of them carries. */
export interface Endpoint {
  readonly tls: boolean
  /** Name or IP without brackets; empty for a socket. */
  readonly host: string
  readonly port: number
  /** Of a Unix socket. */
  readonly socketPath: string | undefined
  /** In front of `/v1`, without a slash at the end. */
  readonly basePath: string
  readonly headers: Readonly<Record<string, string>>
  readonly datacenter: string | undefined
  readonly certificates: Certificates
}

export interface Certificates {
  readonly verify: boolean
  readonly serverName: string | undefined
  readonly ca: Buffer[] | undefined
  readonly certificate: Buffer | undefined
  readonly key: Buffer | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

const defaultAddress = '127.0.0.1:8500'
const addressForm = /^(?:(https?):\/\/)?(?:\[([^\]]+)\]|([^:/]+))(?::(\d{1,5}))?(\/.*)?$/

/**
 * Settles where an agent is, from settings and, where those say nothing, from Consul's environment variables
 * (`CONSUL_HTTP_ADDR`, `CONSUL_HTTP_TOKEN`, `CONSUL_HTTP_SSL` and company).
 *
 * @throws ClientSettingError naming what cannot be used
 */
export function settleEndpoint(settings: ClientSettings, environment: Environment): Endpoint {
  const named = (name: string) => environment[name] || undefined
  const address = settings.address || named('CONSUL_HTTP_ADDR') || defaultAddress
  const token =
    settings.token ??
    tokenOf(settings.tokenFile) ??
    named('CONSUL_HTTP_TOKEN') ??
    tokenOf(named('CONSUL_HTTP_TOKEN_FILE'))
  const auth = settings.basicAuth ?? named('CONSUL_HTTP_AUTH')
  const common = {
    headers: {
      ...(token !== undefined && { 'X-Consul-Token': token }),
      ...(auth !== undefined && { Authorization: `Basic ${Buffer.from(withColon(auth)).toString('base64')}` }),
    },
    datacenter: settings.datacenter || undefined,
    certificates: {
      verify: settings.tlsVerify ?? flag(named('CONSUL_HTTP_SSL_VERIFY'), 'CONSUL_HTTP_SSL_VERIFY') ?? true,
      serverName: settings.tlsServerName ?? named('CONSUL_TLS_SERVER_NAME'),
      ca: authorities(settings.caFile ?? named('CONSUL_CACERT'), settings.caPath ?? named('CONSUL_CAPATH')),
      certificate: fileOf(settings.certificateFile ?? named('CONSUL_CLIENT_CERT')),
      key: fileOf(settings.keyFile ?? named('CONSUL_CLIENT_KEY')),
    },
  }
  if (address.startsWith('unix://')) {
    return { ...common, tls: false, host: '', port: 0, socketPath: address.slice('unix://'.length), basePath: '' }
  }
  const [, scheme, ip6, name, port, path = ''] = addressForm.exec(address) ?? []
  const host = ip6 ?? name
  if (host === undefined || Number(port ?? 1) > 65_535 || Number(port ?? 1) === 0) {
    throw new ClientSettingError(
      `"${address}" is no address of an agent; write 127.0.0.1:8500, https://consul.example:8501 or unix:///path`,
    )
  }
  const tls =
    scheme === undefined
      ? (settings.tls ?? flag(named('CONSUL_HTTP_SSL'), 'CONSUL_HTTP_SSL') ?? false)
      : scheme === 'https'
  const defaultPort = scheme === undefined ? 8500 : tls ? 443 : 80
  return {
    ...common,
    tls,
    host,
    port: Number(port ?? defaultPort),
    socketPath: undefined,
    basePath: path.replace(/\/+$/, ''),
  }
}

/** As people and error messages write it: `http://127.0.0.1:8500`. */
export function formatEndpoint({ tls, host, port, socketPath, basePath }: Endpoint): string {
  if (socketPath !== undefined) return `unix://${socketPath}`
  return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}${basePath}`
}

function withColon(auth: string): string {
  return auth.includes(':') ? auth : `${auth}:`
}

function authorities(file: string | undefined, folder: string | undefined): Buffer[] | undefined {
  const single = fileOf(file)
  if (single !== undefined) return [single]
  if (folder === undefined) return undefined
  try {
    return readdirSync(folder).map((name) => readFileSync(join(folder, name)))
  } catch (error) {
    throw new ClientSettingError(`${folder} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

function tokenOf(file: string | undefined): string | undefined {
  return fileOf(file)?.toString('utf8').trim() || undefined
}

function fileOf(path: string | undefined): Buffer | undefined {
  if (path === undefined || path === '') return undefined
  try {
    return readFileSync(path)
  } catch (error) {
    throw new ClientSettingError(`${path} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

/** Go's booleans. */
function flag(value: string | undefined, name: string): boolean | undefined {
  if (value === undefined) return undefined
  if (/^(1|t|T|true|TRUE|True)$/.test(value)) return true
  if (/^(0|f|F|false|FALSE|False)$/.test(value)) return false
  throw new ClientSettingError(`${name} must be true or false, not "${value}"`)
}
