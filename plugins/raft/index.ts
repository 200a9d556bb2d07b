import { leaveStage } from '../../src/kernel/hooks.ts'
import { definePlugin } from '../../src/kernel/plugin.ts'
import { statusPeers } from '../../src/rpc/status-methods.ts'
import { DCSpecificRequest } from '../../src/wire/structs/query.ts'
import { mayBeTakenIn } from './admission.ts'
import { RaftConsensus } from './consensus.ts'
import { Expectation } from './expectation.ts'
import { operatorRoutes } from './operator-routes.ts'
import { bootstrapTags, checkBootstrap, raftOptions } from './options.ts'
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
  wants: ['members', 'connections'],
  options: raftOptions,
  setup(agent, options) {
    checkBootstrap(options)
    const { clock, hooks, log, random } = agent
    const node = agent.services.get('node')
    const machine = agent.services.get('state')
    const members = agent.services.find('members')
    const consensus = new RaftConsensus(machine, clock, random)
    agent.services.provide('consensus', consensus)

    const rpc = agent.services.get('rpc')
    if (node.server) rpc.serve(consensus)
    const nodeName = (id: string) => members?.list().find((member) => member.tags.id === id)?.name
    hooks.rpcMethods.tap('raft', (methods) =>
      addRaftMethods(methods, { consensus, hasStarted: () => consensus.isAttached, nodeName }),
    )
    hooks.httpRoutes.tap('raft', (routes) => {
      routes.add(...raftRoutes(rpc), ...operatorRoutes(rpc))
    })

    if (node.server) hooks.memberTags.tap('raft', (tags) => ({ ...tags, ...bootstrapTags(options) }))

    let server: RaftServer | undefined
    let expectation: Expectation | undefined
    hooks.member.tap('raft', ({ kind }) => {
      if (kind === 'join' || kind === 'update') expectation?.check()
    })
    hooks.stream.for(raftByte).tap('raft', (stream) => {
      if (server === undefined) return undefined
      if (server.isBlank && !mayBeTakenIn(members?.list() ?? [], node.datacenter, machine.fingerprint()))
        return undefined
      server.serve(stream)
      return true
    })

    hooks.start.tapPromise('raft', async () => {
      if (!node.server) return
      const port = await ServerPort.listen({
        host: node.bindAddress,
        port: node.ports.server,
        clock,
        limits: rpc.portLimits,
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

      const connections = agent.services.find('connections')
      if (options.bootstrapExpect < 2 || members === undefined || connections === undefined) return
      const begun = server
      const request = { ...DCSpecificRequest.zero(), Datacenter: node.datacenter }
      expectation = new Expectation({
        datacenter: node.datacenter,
        expect: options.bootstrapExpect,
        fingerprint: machine.fingerprint(),
        self: node.id,
        clock,
        log,
        members: () => members.list(),
        isBlank: () => begun.isBlank,
        peersOf: async (address, signal) => (await connections.ask(address, statusPeers, request, { signal })) ?? [],
        begin: (servers) => begun.beginCluster(servers),
      })
      agent.own(() => expectation?.close())
      expectation.check()
    })

    hooks.leave.tapPromise({ name: 'raft', stage: leaveStage.handOver }, async () => {
      const others = consensus
        .configuration()
        .servers.filter(({ id, suffrage }) => id !== node.id && suffrage === 'voter')
      if (consensus.role === 'leader' && others.length > 0) await consensus.transferLeadership()
    })
  },
})
