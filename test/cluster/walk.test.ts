import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { ask } from '../../plugins/dns/testing/dns-agent.ts'
import { eventually } from './agent-process.ts'
import { startServer } from './server.ts'

/**
 * What the uWSGI plugin for Consul (unbit/uwsgi-consul) sends: a deregistration whose outcome it ignores, a registration
 * with exactly this text, a pass every third of the TTL, all with bare PUTs that have no Content-Length when empty.
 */
const registration =
  '{"Name":"foobar","ID":"servicenode0002","Address":"127.0.0.2","Check":{"TTL":"1s"},"Port":9091,"Tags":["blue","v2"]}'

test('a uWSGI application registers, is found through HTTP and DNS, and leaves when it falls silent', async () => {
  await using server = await startServer({ args: ['-node=walker'] })
  const port = server.ports.http
  const dns = (name: string, type: 'A' | 'SRV') => ask(`127.0.0.1:${server.ports.dns}`, { name, type })

  await curlPut(port, '/v1/agent/service/deregister/servicenode0002')
  expect(await curlPut(port, '/v1/agent/service/register', registration)).toBe(200)
  expect(await server.json('/v1/health/service/foobar?passing')).toEqual([])
  expect((await dns('foobar.service.consul', 'A')).answers).toEqual([])

  // It goes on passing while it is looked up, so that a slow machine does not let the TTL lapse meanwhile.
  const passing = setInterval(() => void curlPut(port, '/v1/agent/check/pass/service:servicenode0002'), 333)
  try {
    expect(await curlPut(port, '/v1/agent/check/pass/service:servicenode0002')).toBe(200)
    const [found] = await eventually(async () => {
      const instances = await server.json('/v1/health/service/foobar?passing')
      return instances.length === 1 ? instances : undefined
    })
    expect(found.Service).toMatchObject({
      ID: 'servicenode0002',
      Address: '127.0.0.2',
      Port: 9091,
      Tags: ['blue', 'v2'],
    })
    expect(found.Checks.map(({ CheckID }: { CheckID: string }) => CheckID).sort()).toEqual([
      'serfHealth',
      'service:servicenode0002',
    ])

    expect((await dns('foobar.service.consul', 'A')).answers).toEqual(['foobar.service.consul 0 A 127.0.0.2'])
    expect((await dns('v2.foobar.service.dc1.consul', 'A')).answers).toHaveLength(1)
    const srv = await dns('_foobar._tcp.service.consul', 'SRV')
    expect(srv.answers).toEqual(['_foobar._tcp.service.consul 0 SRV 1 1 9091 7f000002.addr.dc1.consul'])
    expect(srv.additionals).toContain('7f000002.addr.dc1.consul 0 A 127.0.0.2')
  } finally {
    clearInterval(passing)
  }

  await eventually(async () => {
    const [check] = await server.json('/v1/health/checks/foobar')
    return check.Status === 'critical' && /TTL expired/.test(check.Output) ? true : undefined
  })
  const gone = await eventually(async () => {
    const told = await dns('foobar.service.consul', 'A')
    return told.answers.length === 0 ? told : undefined
  })
  expect(gone.rcode).toBe('NXDOMAIN')
  expect(await server.json('/v1/health/service/foobar?passing')).toEqual([])
  expect(await server.json('/v1/health/service/foobar')).toHaveLength(1)
  expect(server.output).toMatch(/\[WARN\] +agent.*: Check is now critical: check=service:servicenode0002/)

  expect(await curlPut(port, '/v1/agent/check/pass/service:servicenode0002'), 'it wakes up').toBe(200)
  await eventually(async () => ((await dns('foobar.service.consul', 'A')).answers.length === 1 ? true : undefined))

  expect(await curlPut(port, '/v1/agent/service/deregister/servicenode0002')).toBe(200)
  await eventually(async () => ((await server.json('/v1/catalog/service/foobar')).length === 0 ? true : undefined))
  expect((await dns('foobar.service.consul', 'SRV')).rcode).toBe('NXDOMAIN')
})

/** A PUT as libcurl sends it with CURLOPT_CUSTOMREQUEST; resolves with the status. */
async function curlPut(port: number, path: string, body?: string): Promise<number> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1')
  const length = body === undefined ? '' : `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`
  socket.write(`PUT ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nAccept: */*\r\n${length}\r\n${body ?? ''}`)
  const [head] = (await once(socket, 'data')) as [string]
  socket.destroy()
  return Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1])
}
