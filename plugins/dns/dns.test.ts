import { describe, expect, test } from 'vitest'
import { ask } from './testing/ask.ts'
import { DnsAgent } from './testing/dns-agent.ts'

const soa = 'consul 0 SOA ns.consul hostmaster.consul 3600 600 86400 0'

async function withWeb(values: ConstructorParameters<typeof DnsAgent>[0] = {}): Promise<DnsAgent> {
  const agent = await DnsAgent.started(values)
  agent.put('service web', [
    { node: 'web1', address: '192.0.2.11', port: 8080, weight: 7, nodeMeta: { rack: 'r1' } },
    { node: 'web2', address: '192.0.2.112', port: 8081, weight: 2, ownAddress: true, nodeAddress: '192.0.2.12' },
  ])
  agent.put('service consul', [{ node: 'node-a', address: '127.0.0.1', port: 8300 }])
  agent.put('node web1', [{ address: '192.0.2.11', nodeMeta: { rack: 'r1', 'rfc1035-note': 'raw', 'key=eq': 'v=1' } }])
  return agent
}

describe('a DNS server', () => {
  test.for(['udp', 'tcp'] as const)('answers for a node with its address and metadata over %s', async (transport) => {
    await using agent = await withWeb()
    expect(await ask(agent.address, { name: 'WEB1.node.Consul', transport })).toMatchObject({
      id: 7,
      rcode: 'NOERROR',
      flags: 'qr aa rd',
      question: 'WEB1.node.Consul A',
      answers: ['WEB1.node.Consul 0 A 192.0.2.11'],
      authorities: [],
      additionals: [
        'WEB1.node.Consul 0 TXT ["rack=r1"]',
        'WEB1.node.Consul 0 TXT ["raw"]',
        'WEB1.node.Consul 0 TXT ["key`=eq=v=1"]',
      ],
      edns: undefined,
    })
  })

  test('answers SRV with targets and the addresses and metadata they lead to', async () => {
    await using agent = await withWeb()
    const told = await ask(agent.address, { name: '_web._tcp.consul', type: 'SRV' })
    agent.put('service _web._tcp', agent.content.get('service web')!.instances)
    expect(told.rcode).toBe('NXDOMAIN')
    const { answers, additionals } = await ask(agent.address, { name: '_web._tcp.consul', type: 'SRV' })
    expect(answers.sort()).toEqual([
      '_web._tcp.consul 0 SRV 1 2 8081 c0000270.addr.dc1.consul',
      '_web._tcp.consul 0 SRV 1 7 8080 web1.node.dc1.consul',
    ])
    expect(additionals.sort()).toEqual([
      'c0000270.addr.dc1.consul 0 A 192.0.2.112',
      'web1.node.dc1.consul 0 A 192.0.2.11',
      'web1.node.dc1.consul 0 TXT ["rack=r1"]',
    ])
  })

  test('tells a name that does not exist from one without records of the type', async () => {
    await using agent = await withWeb()
    const negative = { answers: [], authorities: [soa], additionals: [], flags: 'qr aa rd' }
    expect(await ask(agent.address, { name: 'none.service.consul' })).toMatchObject({ rcode: 'NXDOMAIN', ...negative })
    expect(await ask(agent.address, { name: 'consul' })).toMatchObject({ rcode: 'NXDOMAIN', ...negative })
    expect(await ask(agent.address, { name: 'web.service.consul', type: 'AAAA' })).toMatchObject({
      rcode: 'NOERROR',
      ...negative,
    })
    expect(await ask(agent.address, { name: 'web1.node.consul', type: 'MX' })).toMatchObject({
      rcode: 'NOERROR',
      answers: [],
      authorities: [],
    })
  })

  test('answers for the zone itself', async () => {
    await using agent = await withWeb()
    expect(await ask(agent.address, { name: 'any.consul', type: 'SOA' })).toMatchObject({
      answers: [soa],
      authorities: ['consul 0 NS node-a.node.dc1.consul'],
      additionals: ['node-a.node.dc1.consul 0 A 127.0.0.1'],
    })
    expect(await ask(agent.address, { name: 'consul', type: 'NS' })).toMatchObject({
      answers: ['consul 0 NS node-a.node.dc1.consul'],
      authorities: [],
      additionals: ['node-a.node.dc1.consul 0 A 127.0.0.1'],
    })
    expect(await ask(agent.address, { name: 'consul', type: 'AXFR', transport: 'tcp' })).toMatchObject({
      rcode: 'NOTIMP',
      flags: 'qr aa rd',
    })
  })

  test('refuses names of others, and fails for addresses it does not know', async () => {
    await using agent = await withWeb()
    agent.put('arpa 192.0.2.11', [{ node: 'web1' }])
    agent.put('arpa 192.0.2.112', [{ node: 'web2', ownAddress: true, service: 'web' }])
    expect(await ask(agent.address, { name: 'www.example.com', edns: { udp: 4096 } })).toMatchObject({
      rcode: 'REFUSED',
      flags: 'qr rd',
      edns: undefined,
    })
    expect(await ask(agent.address, { name: '11.2.0.192.in-addr.arpa', type: 'PTR' })).toMatchObject({
      flags: 'qr aa rd',
      answers: ['11.2.0.192.in-addr.arpa 0 PTR web1.node.dc1.consul'],
    })
    expect(await ask(agent.address, { name: '112.2.0.192.in-addr.arpa', type: 'PTR' })).toMatchObject({
      answers: ['112.2.0.192.in-addr.arpa 0 PTR web.service.dc1.consul'],
    })
    expect(await ask(agent.address, { name: '250.2.0.192.in-addr.arpa', type: 'PTR' })).toMatchObject({
      rcode: 'SERVFAIL',
      flags: 'qr rd ra',
      authorities: [],
    })
  })

  test('repeats the EDNS size and the network of the client', async () => {
    await using agent = await withWeb()
    const told = await ask(agent.address, {
      name: 'web.service.consul',
      edns: { udp: 1232, subnet: '198.51.100.1/24' },
    })
    expect(told.edns).toMatchObject({
      class: 1232,
      version: 0,
      doFlag: false,
      rdata: [{ family: 1, sourcePrefixLength: 24, scopePrefixLength: 0, ip: '198.51.100.0' }],
    })
  })

  test('answers SERVFAIL when a zone throws, and goes on', async () => {
    await using agent = await withWeb()
    expect(await ask(agent.address, { name: 'throws.service.consul' })).toMatchObject({ rcode: 'SERVFAIL' })
    expect(await ask(agent.address, { name: 'web1.node.consul' })).toMatchObject({ rcode: 'NOERROR' })
    expect(agent.log.some((line) => line.includes('a bug in a zone'))).toBe(true)
  })

  test('asks the zone once for what it is asked again and again, until the answer changes', async () => {
    await using agent = await withWeb()
    const question = { name: 'web.service.consul' }
    const first = await ask(agent.address, question)
    const second = await ask(agent.address, question)
    expect(second.answers.toSorted()).toEqual(first.answers.toSorted())
    expect(agent.asked).toEqual(['service web'])
    agent.put('service web', [{ address: '192.0.2.99' }])
    expect((await ask(agent.address, question)).answers).toEqual(['web.service.consul 0 A 192.0.2.99'])
  })

  test('answers in its own and its alternative domain, and names things in the one it was asked in', async () => {
    await using agent = await withWeb({ domain: 'My.Zone.', altDomain: 'alt' })
    expect(await ask(agent.address, { name: 'web.service.consul' })).toMatchObject({ rcode: 'REFUSED' })
    for (const domain of ['my.zone', 'alt']) {
      const { answers } = await ask(agent.address, { name: `web.service.${domain}`, type: 'SRV' })
      expect(answers.sort()).toEqual([
        `web.service.${domain} 0 SRV 1 2 8081 c0000270.addr.dc1.${domain}`,
        `web.service.${domain} 0 SRV 1 7 8080 web1.node.dc1.${domain}`,
      ])
      expect((await ask(agent.address, { name: domain, type: 'SOA' })).answers[0]).toContain(` SOA ns.${domain} `)
      expect((await ask(agent.address, { name: domain, type: 'NS' })).answers).toEqual([
        `${domain} 0 NS node-a.node.dc1.${domain}`,
      ])
    }
  })

  test('tells the zone the datacenter and whether warnings count', async () => {
    await using agent = await withWeb({ onlyPassing: true })
    expect(await ask(agent.address, { name: 'web.service.DC9.consul' })).toMatchObject({ rcode: 'NXDOMAIN' })
    expect(await ask(agent.address, { name: 'web.service.dc1.more.consul' })).toMatchObject({ rcode: 'NXDOMAIN' })
    expect(await ask(agent.address, { name: 'web.service.DC1.consul' })).toMatchObject({ rcode: 'NOERROR' })
    expect(agent.questions).toMatchObject([
      { kind: 'service', labels: ['web'], datacenter: 'dc9', type: 'A', onlyPassing: true },
      { kind: 'service', labels: ['web'], datacenter: 'dc1', type: 'A', onlyPassing: true },
    ])
  })

  test('keeps no answers that depend on where the client is, and tells a client that names its network', async () => {
    await using agent = await withWeb()
    agent.put('service near', [{}], { local: true, ttlSeconds: 12 })
    const edns = { udp: 4096, subnet: '198.51.100.1/24' }
    for (let i = 0; i < 2; i++) await ask(agent.address, { name: 'near.service.consul' })
    expect(agent.asked).toEqual(['service near', 'service near'])
    const told = await ask(agent.address, { name: 'near.service.consul', edns })
    expect(told.answers).toEqual(['near.service.consul 12 A 192.0.2.1'])
    expect(told.edns).toMatchObject({ rdata: [{ sourcePrefixLength: 24, scopePrefixLength: 24 }] })
  })

  test('listens on IPv6 too', async () => {
    await using agent = new DnsAgent({}, { addresses: ['::1', 'unix:///not-for-dns.sock'] })
    await agent.start()
    agent.put('node web1', [{ address: '2001:db8::1' }])
    expect(agent.address).toMatch(/^\[::1\]:\d+$/)
    expect(await ask(agent.address, { name: 'web1.node.consul', type: 'AAAA' })).toMatchObject({
      answers: ['web1.node.consul 0 AAAA 2001:db8::1'],
    })
  })

  test('does not listen when its port is off', async () => {
    await using agent = new DnsAgent({}, { port: -1 })
    await agent.start()
    expect(agent.address).toBe('')
  })

  test('takes new settings at a reload', async () => {
    await using agent = await withWeb()
    const question = { name: 'web.service.consul' }
    expect((await ask(agent.address, question)).answers[0]).toContain(' 0 A ')
    await agent.reload({ serviceTtl: { 'w*': '9s' } })
    expect((await ask(agent.address, question)).answers[0]).toContain(' 9 A ')
  })

  test('says at the start where it listens', async () => {
    await using agent = await withWeb()
    for (const network of ['udp', 'tcp']) {
      expect(
        agent.log.some((line) => line.endsWith(`Started DNS server: address=${agent.address} network=${network}\n`)),
      ).toBe(true)
    }
  })

  test('names address, port and key when the port is taken', async () => {
    await using agent = await withWeb()
    const port = Number(agent.address.split(':')[1])
    const other = new DnsAgent({}, { port })
    await expect(other.start()).rejects.toThrow(`DNS cannot listen on 127.0.0.1 port ${port} (udp, ports.dns)`)
  })
})
