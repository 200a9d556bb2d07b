import { isIP } from 'node:net'
import { definePlugin } from '../../src/kernel/plugin.ts'
import { ConnectionPool } from './pool.ts'

/** Connections to the server ports of others, shared by everything that calls them. */
export default definePlugin({
  name: 'connections',
  summary: 'calls to servers over shared connections',
  provides: ['connections'],
  requires: ['node'],
  setup(agent) {
    const { bindAddress, server } = agent.services.get('node')
    const localAddress = isWildcard(bindAddress) ? undefined : bindAddress
    const pool = new ConnectionPool({ clock: agent.clock, localAddress, server })
    agent.services.provide('connections', pool)
    agent.own(pool)
  },
})

function isWildcard(address: string): boolean {
  return isIP(address) === 6 ? /^[0:]+$/.test(address) : address === '0.0.0.0'
}
