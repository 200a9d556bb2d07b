import { createSocket } from 'node:dgram'
import { createServer, type Server } from 'node:net'
import { systemRandom } from '../kernel/random.ts'

/**
 * Below the ports that Linux chooses by itself (32768 and up, ip_local_port_range): what the kernel gives a socket that
 * asked for any port, or a connection for its own end, is never one of these.
 */
const firstPort = 10_240
const portsPerBlock = 64
const blocks = 352

/** Of the blocks this process took, what was not handed out yet. */
const unused: number[] = []
let taking: Promise<void> | undefined

/**
 * Ports that are free for TCP and UDP at `address`, all different, and stay so for as long as this process lives unless
 * some program of another kind takes one: no other process that asks here gets them, and none is handed out twice.
 *
 * A port found with `listen(0)` and let go is free only until the kernel gives it to the next who asks, which a test that
 * starts agents beside others does meet.
 *
 * @throws Error when all blocks are taken
 */
export async function freePorts(count: number, address = '127.0.0.1'): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) ports.push(await freePort(address))
  return ports
}

/** One of {@link freePorts}. */
export async function freePort(address = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = unused.shift()
    if (port === undefined) await nextBlock()
    else if ((await isFreeForTcp(port, address)) && (await isFreeForUdp(port, address))) return port
  }
}

/** Those who find none left at the same time wait for the same block. */
function nextBlock(): Promise<void> {
  taking ??= takeBlock().finally(() => {
    taking = undefined
  })
  return taking
}

/** A block is whose process listens on its first port. The kernel lets go of it however the process ends. */
async function takeBlock(): Promise<void> {
  const start = systemRandom.below(blocks)
  for (let tried = 0; tried < blocks; tried++) {
    const first = firstPort + ((start + tried) % blocks) * portsPerBlock
    const claim = await listen(first, '127.0.0.1')
    if (claim === undefined) continue
    claim.unref()
    for (let port = first + 1; port < first + portsPerBlock; port++) unused.push(port)
    return
  }
  throw new Error(
    `all ${blocks} blocks of ports from ${firstPort} on are taken: end the test runs that were left behind`,
  )
}

/** Undefined when the port is taken. */
function listen(port: number, address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error) => (isTaken(error) ? resolve(undefined) : reject(error)))
    server.listen(port, address, () => resolve(server))
  })
}

async function isFreeForTcp(port: number, address: string): Promise<boolean> {
  const server = await listen(port, address)
  if (server === undefined) return false
  await new Promise((resolve) => server.close(resolve))
  return true
}

function isFreeForUdp(port: number, address: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    socket.once('error', (error) => (isTaken(error) ? resolve(false) : reject(error)))
    socket.bind(port, address, () => socket.close(() => resolve(true)))
  })
}

function isTaken(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EADDRINUSE'
}
