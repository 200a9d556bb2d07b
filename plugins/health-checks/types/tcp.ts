import { connect } from 'node:net'
import type { CheckDefinition, Probe } from '../contract.ts'
import { CheckDefinitionError } from '../errors.ts'
import { dialProblem } from './dial.ts'
import { splitHostPort } from './host-port.ts'

/** Passing when something accepts a TCP connection at `TCP`, which is `host:port`. */
export function tcpProbe(check: CheckDefinition): Probe {
  const address = String(check.args.TCP)
  const target = splitHostPort(address)
  if (target === undefined) throw new CheckDefinitionError(`TCP must be host:port, not ${JSON.stringify(address)}`)
  return (signal) =>
    new Promise((resolve) => {
      const socket = connect({ ...target, signal })
      socket.once('connect', () => {
        socket.destroy()
        resolve({ status: 'passing', output: `TCP connect ${address}: Success` })
      })
      socket.on('error', (error) => {
        socket.destroy()
        resolve({ status: 'critical', output: dialProblem(address, signal.aborted ? signal.reason : error) })
      })
    })
}
