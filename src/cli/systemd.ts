import { spawn } from 'node:child_process'
// Only its types: the service that says who has been met.
import type {} from '../../plugins/gossip/contract.ts'
import { definePlugin } from '../kernel/plugin.ts'

/** What a service tells systemd of itself: it serves now, or it is about to end. */
export type ServiceState = 'ready' | 'stopping'

/**
 * Tells systemd how this process is, when it was started by a unit of `Type=notify` (sd_notify(3)); else nothing happens.
 * Node has no datagram sockets of the file system, so the program that systemd brings along for scripts carries the message;
 * the unit therefore needs `NotifyAccess=all`. Resolves when the message is on its way.
 *
 * @throws when the program is missing or fails: the unit would wait for a message that never comes
 */
export async function notifySystemd(state: ServiceState, environment: NodeJS.ProcessEnv = process.env): Promise<void> {
  if (!environment.NOTIFY_SOCKET) return
  const message = state === 'ready' ? '--ready' : 'STOPPING=1'
  const child = spawn('systemd-notify', [`--pid=${process.pid}`, message], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  child.once('error', (error) => reject(new Error(`cannot run systemd-notify: ${error.message}`, { cause: error })))
  child.once('close', (code) => {
    if (code === 0) resolve()
    else reject(new Error(`systemd-notify ended with ${code}: ${said.trim()}`))
  })
  await promise
}

/** Tells a unit of systemd when the agent serves and has met the others that it was told of, and when it stops. */
export const systemdPlugin = definePlugin({
  name: 'systemd',
  summary: 'tells the unit that started this agent how it is',
  wants: ['members'],
  setup(agent) {
    const members = agent.services.find('members')
    agent.hooks.ready.tap('systemd', () => {
      agent.tasks.run('tell systemd', async () => {
        await members?.joined()
        await notifySystemd('ready')
      })
    })
    agent.hooks.stop.tapPromise('systemd', () => notifySystemd('stopping'))
  },
})
