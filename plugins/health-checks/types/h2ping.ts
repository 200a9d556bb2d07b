import type { SecureClientSessionOptions } from 'node:http2'
import type { CheckDefinition, Probe, ProbeResult } from '../contract.ts'
import { CheckDefinitionError } from '../errors.ts'
import { dialProblem } from './dial.ts'
import { splitHostPort } from './host-port.ts'
import { tlsOptions, withSession } from './http2-session.ts'

/** Passing when a server answers an HTTP/2 ping (RFC 9113 §6.7) over TLS at `H2PING`, which is `host:port`. */
export function h2pingProbe(check: CheckDefinition): Probe {
  const target = String(check.args.H2PING)
  if (splitHostPort(target) === undefined) {
    throw new CheckDefinitionError(`H2PING must be host:port, not ${JSON.stringify(target)}`)
  }
  const options = tlsOptions(check)
  return (signal) => ping(`https://${target}`, target, options, signal)
}

export async function ping(
  origin: string,
  target: string,
  options: SecureClientSessionOptions,
  signal: AbortSignal,
): Promise<ProbeResult> {
  try {
    await withSession(
      origin,
      options,
      signal,
      (session) =>
        new Promise<void>((resolve, reject) => {
          session.ping((error) => (error ? reject(error) : resolve()))
        }),
    )
    return { status: 'passing', output: 'HTTP2 ping was successful' }
  } catch (error) {
    return { status: 'critical', output: `Failed to complete http2 ping to ${target}: ${dialProblem(target, error)}` }
  }
}
