import { describe, expect, test } from 'vitest'
import { NodeService } from '../../src/wire/structs/catalog.ts'
import { readServiceRequest } from './service-definition.ts'
import { splitSidecar } from './sidecar.ts'

const ports = { min: 21000, max: 21001 }
const taken = (ID: string, Port: number) => ({ ...NodeService.zero(), ID, Port })
const split = (sidecar: object, others: NodeService[] = []) =>
  splitSidecar(
    readServiceRequest(
      { Name: 'web', ID: 'web-1', Port: 80, Tags: ['t'], Meta: { a: '1' }, Connect: { SidecarService: sidecar } },
      () => true,
    ),
    others,
    ports,
  )

describe('a sidecar', () => {
  test('takes from its service what it does not say', () => {
    const { main, sidecar } = split({})
    expect(main.service.Connect.SidecarService).toBeNull()
    expect(sidecar?.service).toMatchObject({
      Kind: 'connect-proxy',
      ID: 'web-1-sidecar-proxy',
      Service: 'web-sidecar-proxy',
      Tags: ['t'],
      Meta: { a: '1' },
      Port: 21000,
      LocallyRegisteredAsSidecar: true,
      Proxy: {
        DestinationServiceName: 'web',
        DestinationServiceID: 'web-1',
        LocalServiceAddress: '127.0.0.1',
        LocalServicePort: 80,
      },
    })
    expect(sidecar?.checks.map(({ row }) => row.Name)).toEqual([
      'Connect Sidecar Listening',
      'Connect Sidecar Aliasing web-1',
    ])
  })

  test('keeps its own checks and port', () => {
    const { sidecar } = split({ Port: 7, Check: { TTL: '1s' } })
    expect([sidecar?.service.Port, sidecar?.checks.length]).toEqual([7, 1])
  })

  test('gets the port it had, else the first free one, else none', () => {
    expect(split({}, [taken('x', 21000)]).sidecar?.service.Port).toBe(21001)
    expect(split({}, [taken('x', 21000), taken('web-1-sidecar-proxy', 21001)]).sidecar?.service.Port).toBe(21001)
    expect(() => split({}, [taken('x', 21000), taken('y', 21001)])).toThrow(
      'none left in the configured range [21000, 21001]',
    )
  })
})
