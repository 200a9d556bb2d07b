import type { IncomingMessage, ServerResponse } from 'node:http'
import { listenAddresses } from '../../src/config/listen-addresses.ts'
import { definePlugin } from '../../src/kernel/plugin.ts'
import type { Consensus } from '../raft/contract.ts'
import { AccessLog } from './access-log.ts'
import { Answering } from './answering.ts'
import type { RequestSurroundings } from './api-request.ts'
import { CachedFetches } from './cached-fetches.ts'
import { ConnectionLimit } from './connection-limit.ts'
import { isDisconnect } from './disconnect.ts'
import { Endpoints } from './endpoints.ts'
import { AgentStoppingError } from './errors.ts'
import { HotPath } from './hot-path.ts'
import { createKoaApp } from './koa-app.ts'
import { Leftovers } from './leftovers.ts'
import { LiveReads } from './live-reads.ts'
import { openApiRoutes } from './openapi-route.ts'
import { httpOptions } from './options.ts'
import { Contact, configuredHeaders, endpointHeaders } from './reply-headers.ts'
import { RequestBodies } from './request-body.ts'
import { HttpServer } from './server.ts'
import { readSocketAccess } from './socket-access.ts'
import { WriteAccess } from './write-access.ts'

/** The HTTP interface: the routes of every feature, with Consul's headers, errors, blocking and consistency. */
export default definePlugin({
  name: 'http-api',
  summary: 'HTTP interface: routes of every feature, blocking queries, Consul’s headers and errors',
  provides: ['http'],
  requires: ['node'],
  // Behind everything that is asked through it: who gets an answer gets it from features that have started.
  wants: ['rpc', 'consensus', 'catalog', 'localState', 'checks', 'members'],
  options: httpOptions,
  setup(agent, options) {
    const node = agent.services.get('node')
    const { clock, random } = agent
    const addresses = listenAddresses(httpOptions.addresses.key, options.addresses, node.clientAddresses)
    let consensusFound: Consensus | undefined
    const consensus = () => {
      consensusFound ??= agent.services.find('consensus')
      return consensusFound
    }
    const report = (error: unknown) => {
      if (!isDisconnect(error)) agent.fault('request', error)
    }
    const endpoints = new Endpoints()
    const configured = configuredHeaders(options.responseHeaders)
    const baseHeaders = [...configured, ...endpointHeaders]
    const contact = new Contact(consensus)
    const bodies = new RequestBodies(clock)
    const rpc = agent.services.find('rpc')
    const liveReads = new LiveReads({
      datacenter: node.datacenter,
      clock,
      contact,
      consensus,
      rpc: () => rpc,
      baseHeaders,
      report,
    })
    const surroundings: RequestSurroundings = {
      datacenter: node.datacenter,
      nodeName: node.name,
      random,
      discoveryMaxStaleMs: options.discoveryMaxStale,
      bodies,
      cachedFetches: new CachedFetches(clock),
      controllers: new Set(),
    }
    const answering = new Answering({
      liveReads,
      baseHeaders,
      blocked: options.blockEndpoints,
      writeAccess: new WriteAccess(options.allowWriteFrom),
      alwaysPretty: node.dev,
      report,
    })
    const accessLog = new AccessLog(agent.log, clock)
    let answer: (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) => void = () => {}
    const connections = new ConnectionLimit(options.connectionsPerClientMax)
    agent.onReload(({ connectionsPerClientMax }) => {
      connections.perClient = connectionsPerClientMax
    })
    const server = new HttpServer({
      clock,
      maxHeaderBytes: options.maxHeaderBytes,
      connections,
      socketAccess: readSocketAccess(options),
      answer: (request, response, expectsContinue) => answer(request, response, expectsContinue),
    })
    agent.services.provide('http', { addresses: () => server.addresses, routes: () => endpoints.routes })

    agent.hooks.start.tapPromise('http-api', async () => {
      endpoints.add(...openApiRoutes(() => endpoints.routes))
      agent.hooks.httpRoutes.call(endpoints)
      const shared = {
        endpoints: endpoints.list(),
        answering,
        surroundings,
        accessLog,
        allowUnprintable: options.allowUnprintablePaths,
      }
      const leftovers = new Leftovers(clock)
      const hotPath = new HotPath({ ...shared, liveReads, contact, baseHeaders, leftovers, report })
      const waitingForContinue = new WeakSet<IncomingMessage>()
      const general = createKoaApp({
        ...shared,
        configuredHeaders: configured,
        report,
        expectsContinue: (context) => waitingForContinue.has(context.req),
      }).callback()
      answer = (request, response, expectsContinue) => {
        if (hotPath.take(request, response, expectsContinue)) return
        if (expectsContinue) waitingForContinue.add(request)
        leftovers.limit(request, response)
        void general(request, response)
      }
      agent.own(async () => {
        liveReads.stop()
        for (const controller of surroundings.controllers) controller.abort(new AgentStoppingError())
        await server.close()
        bodies.close()
      })
      if (node.ports.http < 0) return
      for (const address of addresses) {
        const listening = await server.listen(address, node.ports.http)
        agent.log.info('Starting server', {
          address: listening,
          network: address.startsWith('unix:') ? 'unix' : 'tcp',
          protocol: 'http',
        })
      }
    })
  },
})
