import { expect, test } from 'vitest'
import { listenAddresses, machineInterfaces } from './listen-addresses.ts'

test('a face listens where its own key says, on several addresses and sockets, and not at client_addr then', () => {
  const words = ['127.0.0.1', '[::1]', 'unix:///run/http.sock', '127.0.0.1']
  expect(listenAddresses('addresses.http', words, ['0.0.0.0'])).toEqual(['127.0.0.1', '::1', 'unix:///run/http.sock'])
})

test('or at client_addr without one', () => {
  expect(listenAddresses('addresses.http', [], ['0.0.0.0'])).toEqual(['0.0.0.0'])
})

test('templates choose from the addresses of this machine', () => {
  const loopback = machineInterfaces().find(({ internal, address }) => internal && address === '127.0.0.1')!
  const words = [`{{ GetInterfaceIP "${loopback.name}" }}`]
  expect(listenAddresses('addresses.dns', words, [])).toEqual(['127.0.0.1'])
})

test('what is no address is refused by the name of its key', () => {
  expect(() => listenAddresses('addresses.dns', ['nonsense'], [])).toThrow('addresses.dns: "nonsense" is not an IP')
})
