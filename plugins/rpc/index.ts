import { assert } from '../../src/kernel/assert.ts'
import { leaveStage } from '../../src/kernel/hooks.ts'
import { definePlugin } from '../../src/kernel/plugin.ts'
import type { Consensus } from '../raft/contract.ts'
import { AnswerCache } from './answer-cache.ts'
import { MethodsHere } from './here.ts'
import { KeptAnswers } from './kept-answers.ts'
import { LeaderNews } from './leader-news.ts'
import { Methods } from './method-table.ts'
import { rpcOptions } from './options.ts'
import { Places } from './places.ts'
import { RateLimit } from './rate-limit.ts'
import { rebalance, rebalancePauseMs } from './rebalance.ts'
import { addRefusedMethods } from './refused-methods.ts'
import { Routing } from './routing.ts'
import { callBytes, RpcServer } from './server.ts'
import { ServerList } from './server-list.ts'
import { RpcService } from './service.ts'

/** Methods of servers, for whoever asks and wherever they have to run. */
export default definePlugin({
  name: 'rpc',
  summary: 'requests carried out by the server that has to: here, the leader, another datacenter',
  provides: ['rpc'],
  requires: ['node', 'state', 'connections'],
  wants: ['members'],
  options: rpcOptions,
  setup(agent, options) {
    const { hooks, services, clock, random } = agent
    const { datacenter } = services.get('node')
    const { store } = services.get('state')
    const members = services.find('members')
    const connections = services.get('connections')
    const servers = new ServerList({ datacenter, random, members: (wan) => members?.list(wan) ?? [] })
    const places = new Places({ datacenter, servers })
    const news = new LeaderNews()
    const rateLimit = new RateLimit({ perSecond: options.rate, burst: options.maxBurst }, clock)
    agent.onReload(({ rate, maxBurst }) => {
      rateLimit.rate = { perSecond: rate, burst: maxBurst }
    })
    const routing = new Routing({
      datacenter,
      places,
      servers,
      connections,
      news,
      clock,
      random,
      rateLimit,
      holdMs: options.holdTimeout,
    })
    let here: MethodsHere | undefined
    const serve = (consensus: Consensus) => {
      places.serve(consensus)
      here = new MethodsHere({ store, consensus, places, clock, random })
    }
    const cache = new AnswerCache({ clock, random })
    const kept = new KeptAnswers(clock)
    agent.own(() => cache.close())
    agent.own(() => kept.close())
    let methods: Methods | undefined
    const known = () => {
      if (methods === undefined) {
        methods = new Methods()
        hooks.rpcMethods.call(methods)
        addRefusedMethods(methods)
      }
      return methods
    }
    const service = new RpcService({
      store,
      routing,
      here: () => {
        assert(here !== undefined, 'an agent without consensus was to answer from its own state')
        return here
      },
      clock,
      watches: new Map(),
      cache,
      kept,
      places,
      methods: known,
      serve,
      portLimits: { handshakeMs: options.handshakeTimeout, connectionsPerClient: options.maxConnsPerClient },
    })
    services.provide('rpc', service)

    const port = new RpcServer(
      {
        answer: (method, body, signal) => service.answer(method, body, signal),
        report: (error) => agent.fault('call', error),
      },
      clock,
    )
    agent.own(() => port.close())
    hooks.stream.for(callBytes.single).tap('rpc', ({ socket }) => {
      port.serveSingle(socket)
      return true
    })
    hooks.stream.for(callBytes.session).tap('rpc', ({ socket }) => {
      port.serveSession(socket)
      return true
    })
    hooks.leadership.tap('rpc', () => news.tell())
    hooks.member.tap('rpc', () => {
      if (!places.isServer) news.tell()
    })
    hooks.ready.tap('rpc', () => {
      if (places.isServer) return
      agent.tasks.every(
        'rebalance servers',
        () => rebalancePauseMs(members?.list().length ?? 0, servers.size, random),
        (signal) => rebalance(servers, connections, signal),
      )
    })
    hooks.start.tapPromise('rpc', async () => void known())
    hooks.leave.tapPromise({ name: 'rpc', stage: leaveStage.announce }, async () => routing.leave())
  },
})
