import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ask } from '../cluster/http.ts'

/**
 * An agent for the runner (runner/README.md) that is a client of three servers:
 *
 *     npm run conformance:client
 *     node test/conformance/runner/run.mjs --agent 'node test/conformance/through-client.ts' --quiet test/conformance/suites/kv-basics.json
 *
 * The servers get what of the suite's configuration belongs to a whole datacenter and have addresses of their own on the
 * loopback, with the suite's ports. When one of them leads, the client starts with the rest: the suite's node, its ports,
 * its services. Cases that cannot be the same this way stand in not-through-client.json, each with its reason.
 */

const serverCount = 3
const proconsul = fileURLToPath(new URL('../../bin/proconsul', import.meta.url))

interface SuiteConfig {
  readonly data_dir: string
  readonly ports: { readonly http: number; readonly serf_lan: number; readonly [name: string]: number }
  readonly [key: string]: unknown
}

/** Settings that servers decide by; everything else is the matter of the agent that is asked. */
const serverKeys = [
  'acl',
  'connect',
  'datacenter',
  'disable_update_check',
  'domain',
  'limits',
  'log_level',
  'performance',
  'ports',
  'session_ttl_min',
]
/** Settings only a server may have. */
const serverOnlyKeys = ['server', 'bootstrap', 'bootstrap_expect', 'session_ttl_min']

const config = JSON.parse(readFileSync(configFile(process.argv.slice(2)), 'utf8')) as SuiteConfig
const folder = dirname(config.data_dir)
const agents = new Set<ChildProcess>()
let stopping = false

process.once('SIGTERM', () => void stop())
process.once('SIGINT', () => void stop())

// One that comes back does so at once: servers that lead without it would take its node, and with it its sessions, for dead.
const comesBack = existsSync(config.data_dir)
for (let number = 1; number <= serverCount; number++) start(`server-${number}`, serverConfig(number))
const client = comesBack || (await someServerLeads()) ? start('client', clientConfig()) : undefined
process.on('SIGHUP', () => client?.kill('SIGHUP'))

function configFile(args: readonly string[]): string {
  const file = args[args.indexOf('-config-file') + 1]
  if (file === undefined || !args.includes('-config-file')) throw new Error('-config-file FILE is missing')
  return file
}

/** Agents on one machine differ by their addresses; the port of the suite keeps suites apart that play at the same time. */
function serverIp(number: number): string {
  const { http } = config.ports
  return `127.${http >> 8}.${http & 255}.${number}`
}

function serverAddresses(): string[] {
  return Array.from({ length: serverCount }, (_, at) => `${serverIp(at + 1)}:${config.ports.serf_lan}`)
}

function serverConfig(number: number): object {
  const ip = serverIp(number)
  return {
    ...Object.fromEntries(serverKeys.filter((key) => key in config).map((key) => [key, config[key]])),
    node_name: `server-${number}`,
    server: true,
    bootstrap_expect: serverCount,
    retry_join: serverAddresses(),
    retry_interval: '200ms',
    bind_addr: ip,
    client_addr: ip,
    data_dir: join(folder, `server-${number}`),
    ports: { ...config.ports, dns: -1 },
  }
}

function clientConfig(): object {
  const own = Object.entries(config).filter(([key]) => !serverOnlyKeys.includes(key))
  return {
    ...Object.fromEntries(own),
    retry_join: serverAddresses(),
    retry_interval: '200ms',
    // As for the server that it stands for: one that is started again comes back, and does not leave.
    leave_on_terminate: false,
    // Steps follow one another at once, and by default any server may answer DNS, a moment behind the leader.
    dns_config: { ...(config.dns_config as object | undefined), allow_stale: false },
  }
}

function start(name: string, settings: object): ChildProcess {
  const file = join(folder, `${name}.json`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, JSON.stringify(settings, null, 2))
  const agent = spawn(proconsul, ['agent', '-config-file', file], { stdio: ['ignore', 'inherit', 'inherit'] })
  agents.add(agent)
  agent.once('exit', (code, signal) => {
    agents.delete(agent)
    if (!stopping) {
      console.error(`through-client: ${name} ended (${code ?? signal})`)
      process.exitCode = 1
      void stop()
    }
  })
  return agent
}

async function someServerLeads(): Promise<boolean> {
  while (!stopping) {
    const { status, body } = await ask(config.ports.http, '/v1/status/leader', { host: serverIp(1) }).catch(() => {
      return { status: 0, body: '' }
    })
    if (status === 200 && body.length > '""'.length) return true
    await pause(50)
  }
  return false
}

/**
 * Waits until all agents are gone. Whoever stops us, runner or terminal, tells all processes of our group, so each agent
 * hears it by itself; a second signal would mean that nobody wants to wait. Only one who told us alone is passed on.
 */
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  for (let waited = 0; agents.size > 0; waited++) {
    if (waited === 20) for (const agent of agents) agent.kill('SIGTERM')
    await pause(100)
  }
}
