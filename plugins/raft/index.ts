import { leaveStage } from '../../src/kernel/hooks.ts'
import { definePlugin } from '../../src/kernel/plugin.ts'
import { describeRoutes } from '../../src/openapi/operation.ts'
import { raftApi } from './api.ts'
import { RaftConsensus } from './consensus.ts'
import { operatorRoutes } from './operator-routes.ts'
import { checkBootstrap, raftOptions } from './options.ts'
import { raftRoutes } from './routes.ts'
import { addRaftMethods } from './rpc.ts'
import { RaftServer } from './server.ts'
import { raftByte } from './transport/lane.ts'
import { ServerPort } from './transport/server-port.ts'

/** Agreement of the servers on one log, which is kept in data/raft.db. */
export default definePlugin({
  name: 'raft',
  summary: 'one log for all servers, in data/raft.db',
  provides: ['consensus'],
  requires: ['node', 'state', 'rpc'],
  wants: ['members'],
  options: raftOptions,
  setup(agent, options) {
    checkBootstrap(options)
    const { clock, hooks, log, random } = agent
    const node = agent.services.get('node')
    const machine = agent.services.get('state')
    const members = agent.services.find('members')
    const consensus = new RaftConsensus((name, command) => machine.encode(name, command), clock)
    agent.services.provide('consensus', consensus)

    const rpc = agent.services.get('rpc')
    if (node.server) rpc.serve(consensus)
    const nodeName = (id: string) => members?.list().find((member) => member.tags.id === id)?.name
    hooks.rpcMethods.tap('raft', (methods) => addRaftMethods(methods, { consensus, nodeName }))
    hooks.httpRoutes.tap('raft', (routes) => {
      const operator = operatorRoutes({ rpc, consensus, datacenter: node.datacenter })
      routes.add(...describeRoutes(raftApi, [...raftRoutes(rpc), ...operator]))
    })

    let server: RaftServer | undefined
    hooks.stream.for(raftByte).tap('raft', (stream) => {
      if (server === undefined) return undefined
      server.serve(stream)
      return true
    })

    hooks.start.tapPromise('raft', async () => {
      if (!node.server) return
      const port = await ServerPort.listen({
        host: node.bindAddress,
        port: node.ports.server,
        clock,
        handOver: (firstByte, stream) => hooks.stream.get(firstByte)?.call(stream) === true,
        report: (error) => agent.fault('server port', error),
      })
      agent.own(port)
      server = new RaftServer({
        node,
        options,
        machine,
        consensus,
        clock,
        random,
        log,
        leadership: (change) => hooks.leadership.call(change),
        fault: agent.fault,
        fatal: agent.fatal,
      })
      agent.own(() => server?.stop())
      await server.start()
      agent.onReload((changed) => server?.reload(changed))
    })

    hooks.leave.tapPromise({ name: 'raft', stage: leaveStage.handOver }, async () => {
      const others = consensus
        .configuration()
        .servers.filter(({ id, suffrage }) => id !== node.id && suffrage === 'voter')
      if (consensus.role === 'leader' && others.length > 0) await consensus.transferLeadership()
    })
  },
})
