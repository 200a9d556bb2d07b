import { readMethod } from '../../src/rpc/method.ts'
import type { Question } from '../../src/store/live-query.ts'
import { list, message } from '../../src/wire/schema.ts'
import { IndexedServiceList, ServiceName } from '../../src/wire/structs/catalog.ts'
import { DCSpecificRequest } from '../../src/wire/structs/query.ts'
import { encodeWith, questionKey } from './queries.ts'
import { services } from './tables.ts'

/** The names of all services, in order. Whoever waits for them is not woken by a new instance of one that is there. */
export function serviceNamesQuestion(): Question<readonly ServiceName[]> {
  return {
    key: questionKey('service-names'),
    read: (view) => {
      const names = new Set<string>()
      for (const { Service } of view.table(services).list()) names.add(Service)
      return [...names].sort().map((Name) => ({ Name }))
    },
    index: (view) => view.tableIndex('services'),
    encode: encodeWith(message(list(ServiceName, { nil: '[]' }))),
  }
}

/** The names of all services (protocol/servers.md §6.2). */
export const serviceList = readMethod({
  name: 'Catalog.ServiceList',
  request: DCSpecificRequest,
  reply: IndexedServiceList,
  toRequest: () => ({}),
  fromRequest: () => undefined,
  question: serviceNamesQuestion,
  toReply: (Services) => ({ Services }),
  fromReply: ({ Services }) => Services ?? [],
})
