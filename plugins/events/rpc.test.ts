import { expect, test } from 'vitest'
import { LocalRpc } from '../../src/testing/local-rpc.ts'
import { EventFireRequest } from '../../src/wire/structs/user-event.ts'
import { addEventMethods, eventFire } from './rpc.ts'

test('a server sends what another agent fired on to its whole pool, as it came', async () => {
  const sent: unknown[] = []
  const members = { userEvent: (...event: unknown[]) => void sent.push(event) } as never
  const rpc = new LocalRpc({} as never, (methods) => addEventMethods(methods, members))
  const request = { ...EventFireRequest.zero(), Name: 'deploy', Payload: Buffer.from('x') }
  const logged = EventFireRequest.decode(EventFireRequest.encode(request))
  await rpc.call(eventFire, logged)
  expect(sent).toEqual([['consul:event:deploy', Buffer.from('x'), false]])
})
