import { listenAddresses } from '../../src/config/listen-addresses.ts'
import { definePlugin } from '../../src/kernel/plugin.ts'
import './contract.ts'
import { DnsSocketError } from './errors.ts'
import { isFresh } from './freshness.ts'
import { DnsListeners } from './listeners.ts'
import { ZoneLookup } from './lookup.ts'
import { options } from './options.ts'
import { Responder } from './responder.ts'
import { readSettings } from './settings.ts'

export default definePlugin({
  name: 'dns',
  summary: 'Answers DNS questions for nodes and services over UDP and TCP.',
  provides: ['dns'],
  requires: ['node'],
  wants: ['consensus', 'catalog'],
  options,
  setup(agent, values) {
    let settings = readSettings(values)
    const node = agent.services.get('node')
    const addresses = listenAddresses(options.addresses.key, values.addresses, node.clientAddresses)
    const socket = values.addresses.length > 0 && addresses.find((address) => address.startsWith('unix://'))
    if (socket) throw new DnsSocketError(socket)
    const consensus = agent.services.find('consensus')
    const responder = new Responder({
      settings,
      lookup: new ZoneLookup(agent.hooks, agent.clock),
      datacenter: node.datacenter,
      isFresh: () => isFresh(node.server ? consensus : undefined, settings),
      clock: agent.clock,
      random: agent.random,
      log: agent.log,
      fault: (error) => agent.fault('question', error),
    })
    const listeners = new DnsListeners(responder, agent)
    agent.services.provide('dns', { addresses: () => listeners.addresses(), domain: settings.zones[0].name })

    agent.onReload((changed) => {
      settings = { ...readSettings(changed), zones: settings.zones }
      responder.reconfigure(settings)
    })
    agent.hooks.start.tapPromise('dns', () => listeners.open(addresses, node.ports.dns))
  },
})
