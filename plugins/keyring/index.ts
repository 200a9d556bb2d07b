import { definePlugin } from '../../src/kernel/plugin.ts'
import { keyringRoutes } from './routes.ts'
import { addKeyringMethods } from './rpc.ts'

/** The keys that gossip is encrypted with, listed and changed in every pool of every datacenter at once. */
export default definePlugin({
  name: 'keyring',
  summary: 'the keys that gossip is encrypted with',
  requires: ['node', 'members', 'rpc'],
  setup({ hooks, services }) {
    const { datacenter } = services.get('node')
    const members = services.get('members')
    const rpc = services.get('rpc')
    hooks.rpcMethods.tap('keyring', (methods) => addKeyringMethods(methods, { members, rpc, datacenter }))
    hooks.httpRoutes.tap('keyring', (routes) => routes.add(...keyringRoutes(rpc)))
  },
})
