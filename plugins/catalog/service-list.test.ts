import { expect, test } from 'vitest'
import { TestCatalog } from './catalog.fixture.ts'
import { serviceConfig } from './service-config-rpc.ts'
import { serviceList } from './service-list.ts'

test('names of services come once each, in order, with the index of services', () => {
  const catalog = new TestCatalog()
  const query = catalog.store.queries.ask(serviceList.question(undefined))
  expect(serviceList.toReply(query.current().value, undefined)).toEqual({ Services: [] })
  catalog.register(3, { Node: 'a', Service: { ID: 'web-1', Service: 'web' } })
  catalog.register(4, { Node: 'b', Service: { ID: 'api-1', Service: 'api' } })
  catalog.register(5, { Node: 'b', Service: { ID: 'web-2', Service: 'web', Tags: ['t'] } })
  const answer = query.current()
  expect([answer.value, answer.index]).toEqual([[{ Name: 'api' }, { Name: 'web' }], 5])
  expect(JSON.parse(answer.bytes.toString())).toEqual([{ Name: 'api' }, { Name: 'web' }])
})

test('who waits for the names is woken by a new name only', async () => {
  const catalog = new TestCatalog()
  catalog.register(3, { Node: 'a', Service: { ID: 'web-1', Service: 'web' } })
  const query = catalog.store.queries.ask(serviceList.question(undefined))
  const woken = query.wait(query.current().index)
  catalog.register(4, { Node: 'a', Service: { ID: 'web-2', Service: 'web' } })
  catalog.store.queries.flush()
  expect(query.readers).toBe(1)
  catalog.register(5, { Node: 'a', Service: { ID: 'db', Service: 'db' } })
  catalog.store.queries.flush()
  expect((await woken).value.map(({ Name }) => Name)).toEqual(['db', 'web'])
})

test('no configuration entry says anything of a service', () => {
  const catalog = new TestCatalog()
  const { value, index } = catalog.store.queries.ask(serviceConfig.question('web')).current()
  expect(index).toBe(1)
  const meta = { Index: 1, LastContact: 0, KnownLeader: true, ConsistencyLevel: '', NotModified: false, Backend: 0 }
  const reply = serviceConfig.reply.decode(
    serviceConfig.reply.encode({ ...serviceConfig.toReply(value, 'web'), ...meta }),
  )
  expect(reply).toEqual({ ...serviceConfig.reply.zero(), Index: 1, KnownLeader: true })
  expect(serviceConfig.fromReply(reply, 'web').ProxyConfig).toBeNull()
})
