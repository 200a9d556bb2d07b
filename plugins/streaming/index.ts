import type { ServerHttp2Session } from 'node:http2'
import { definePlugin } from '../../src/kernel/plugin.ts'
import { serveGrpc } from './session.ts'
import { Subscriptions } from './subscriptions.ts'

/** The first byte of a connection that speaks gRPC (protocol/servers.md §1). */
const grpcByte = 8

/** Changes of services as a stream, for agents of Consul, whose blocking health reads live on it. */
export default definePlugin({
  name: 'streaming',
  summary: 'streams changes of services to client agents',
  requires: ['node', 'catalog'],
  setup(agent) {
    const catalog = agent.services.get('catalog')
    const { datacenter } = agent.services.get('node')
    const subscriptions = new Subscriptions({
      datacenter,
      instances: (service, connect) => catalog.instances(service, { connect }),
    })
    const sessions = new Set<ServerHttp2Session>()
    agent.hooks.stream.for(grpcByte).tap('streaming', ({ socket }) => {
      const session = serveGrpc(
        socket,
        (call) => subscriptions.answer(call),
        (error) => agent.fault('subscription', error),
      )
      sessions.add(session)
      session.once('close', () => sessions.delete(session))
      return true
    })
    agent.own(() => {
      for (const session of sessions) session.destroy()
    })
  },
})
