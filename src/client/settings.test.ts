import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { formatEndpoint, settleEndpoint } from './settings.ts'

describe('the address of an agent', () => {
  test.for([
    [undefined, 'http://127.0.0.1:8500'],
    ['10.0.0.1', 'http://10.0.0.1:8500'],
    ['consul.example:80', 'http://consul.example:80'],
    ['http://consul.example', 'http://consul.example:80'],
    ['https://consul.example', 'https://consul.example:443'],
    ['https://consul.example:8501/consul/', 'https://consul.example:8501/consul'],
    ['[::1]:8500', 'http://[::1]:8500'],
    ['unix:///run/consul.sock', 'unix:///run/consul.sock'],
  ])('%s is %s', ([address, url]) => {
    expect(formatEndpoint(settleEndpoint({}, address === undefined ? {} : { CONSUL_HTTP_ADDR: address }))).toBe(url)
  })

  test.for(['', ':8500x', '1.2.3.4:99999', 'ftp://x', '1.2.3.4:0'].slice(1))('%s is refused with advice', (address) => {
    expect(() => settleEndpoint({ address }, {})).toThrow(
      `"${address}" is no address of an agent; write 127.0.0.1:8500`,
    )
  })

  test('a setting has precedence over the environment', () => {
    const { host } = settleEndpoint({ address: '10.0.0.1' }, { CONSUL_HTTP_ADDR: '10.0.0.2' })
    expect(host).toBe('10.0.0.1')
  })
})

describe('TLS', () => {
  test.for([
    ['1', true],
    ['true', true],
    ['0', false],
    ['false', false],
  ] as const)('CONSUL_HTTP_SSL=%s', ([value, tls]) => {
    expect(settleEndpoint({}, { CONSUL_HTTP_SSL: value }).tls).toBe(tls)
  })

  test('a value that is no boolean is refused', () => {
    expect(() => settleEndpoint({}, { CONSUL_HTTP_SSL: 'yes' })).toThrow('CONSUL_HTTP_SSL must be true or false')
  })

  test('an address that names its scheme decides alone', () => {
    expect(settleEndpoint({ address: 'http://x' }, { CONSUL_HTTP_SSL: 'true' }).tls).toBe(false)
  })

  test('certificates are checked unless CONSUL_HTTP_SSL_VERIFY says no', () => {
    expect(settleEndpoint({}, {}).certificates.verify).toBe(true)
    expect(settleEndpoint({}, { CONSUL_HTTP_SSL_VERIFY: 'false' }).certificates.verify).toBe(false)
  })
})

describe('the token', () => {
  test('comes from a setting, a file or the environment', () => {
    const folder = mkdtempSync(join(tmpdir(), 'proconsul-client-'))
    try {
      const file = join(folder, 'token')
      writeFileSync(file, 'from-file\n')
      const sent = (settings: object, environment: Record<string, string> = {}) =>
        settleEndpoint(settings, environment).headers['X-Consul-Token']
      expect(sent({ token: 'given', tokenFile: file }, { CONSUL_HTTP_TOKEN: 'env' })).toBe('given')
      expect(sent({ tokenFile: file }, { CONSUL_HTTP_TOKEN: 'env' })).toBe('from-file')
      expect(sent({}, { CONSUL_HTTP_TOKEN: 'env', CONSUL_HTTP_TOKEN_FILE: file })).toBe('env')
      expect(sent({}, { CONSUL_HTTP_TOKEN_FILE: file })).toBe('from-file')
      expect(sent({})).toBeUndefined()
      expect(() => sent({ tokenFile: join(folder, 'none') })).toThrow(/none cannot be read/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('of a proxy is sent as basic authentication', () => {
    const { Authorization } = settleEndpoint({}, { CONSUL_HTTP_AUTH: 'me:secret' }).headers
    expect(Authorization).toBe(`Basic ${Buffer.from('me:secret').toString('base64')}`)
  })
})
