import { createServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { definition } from './definition.fixture.ts'
import { CheckTimeoutError } from './errors.ts'
import { grpcProbe } from './types/grpc.ts'
import { h2pingProbe, ping } from './types/h2ping.ts'

const { signal } = new AbortController()

async function serving(listener: (stream: ServerHttp2Stream, path: string) => void): Promise<string> {
  const server = createServer()
  server.on('stream', (stream, headers) => listener(stream as ServerHttp2Stream, String(headers[':path'])))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Answers with one message and a status, as gRPC servers do. */
function answer(stream: ServerHttp2Stream, message: Buffer, status = '0'): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status, 'grpc-message': 'because' }))
  const header = Buffer.alloc(5)
  header.writeUInt32BE(message.length, 1)
  stream.end(Buffer.concat([header, message]))
}

describe('a gRPC check', () => {
  const ask = (GRPC: string, during = signal) => grpcProbe(definition({ type: 'grpc', args: { GRPC } }))(during)

  test.for([
    [1, 'passing'],
    [2, 'critical'],
    [0, 'critical'],
  ] as const)('told the status %i is %s', async ([status, wanted]) => {
    const address = await serving((stream) => answer(stream, Buffer.of(0x08, status)))
    expect(await ask(address)).toMatchObject({ status: wanted })
  })

  test('asks for the service it names', async () => {
    let asked = Buffer.alloc(0)
    const address = await serving((stream, path) => {
      expect(path).toBe('/grpc.health.v1.Health/Check')
      stream.on('data', (chunk: Buffer) => {
        asked = Buffer.concat([asked, chunk])
      })
      stream.on('end', () => answer(stream, Buffer.of(0x08, 1)))
    })
    expect(await ask(`${address}/web`)).toEqual({ status: 'passing', output: `gRPC check ${address}/web: success` })
    expect(asked).toEqual(Buffer.from('\0\0\0\0\x05\x0a\x03web', 'latin1'))
  })

  test('that is refused or not understood is critical and says why', async () => {
    const address = await serving((stream) => answer(stream, Buffer.alloc(0), '12'))
    expect((await ask(address)).output).toContain('rpc error: code = 12 desc = because')
  })

  test('that is not answered in time is critical', async () => {
    const over = new AbortController()
    const address = await serving(() => over.abort(new CheckTimeoutError(1000)))
    expect(await ask(address, over.signal)).toEqual({ status: 'critical', output: `dial tcp ${address}: i/o timeout` })
  })

  test('of something that is no address is refused', () => {
    expect(() => ask('web')).toThrow('GRPC must be host:port')
  })
})

describe('an HTTP/2 ping', () => {
  test('passes when it is answered', async () => {
    const address = await serving(() => {})
    expect(await ping(`http://${address}`, address, {}, signal)).toEqual({
      status: 'passing',
      output: 'HTTP2 ping was successful',
    })
  })

  test('is critical where nobody speaks TLS', async () => {
    const address = await serving(() => {})
    expect(await h2pingProbe(definition({ args: { H2PING: address } }))(signal)).toMatchObject({
      status: 'critical',
      output: expect.stringContaining(`Failed to complete http2 ping to ${address}: `),
    })
  })
})
