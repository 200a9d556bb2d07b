import { describe, expect, test } from 'vitest'
import { exampleLines, optionHelp, optionTable, optionTableMarkdown } from './option-docs.ts'
import type { OptionDeclarations } from './options.ts'

const dns: OptionDeclarations = {
  port: { type: 'port', key: 'ports.dns', default: 8600, flag: 'dns-port', help: 'Port that answers DNS.' },
  ttl: { type: 'duration', key: 'dns_config.node_ttl', default: '0s', reloadable: true, help: 'How long to keep it.' },
  domain: { type: 'text', key: 'domain', default: 'consul', example: '"example.org"', help: 'Our domain.' },
}
const http: OptionDeclarations = {
  port: { type: 'port', key: 'ports.http', default: 8500, help: 'Port of the API.' },
  headers: { type: 'map', key: 'http_config.response_headers', default: { 'X-A': 'b' }, help: 'Added | set.' },
  service: { type: 'any', key: 'service', example: '{\n  name = "web"\n}', help: 'A service.' },
  hosts: { type: 'list', default: ['a', 'b'], help: 'Hosts.' },
  node: { type: 'text', key: 'node_name', flag: 'node', example: '"web-1"', help: 'Its name.' },
}

describe('declared options', () => {
  test('make the table of a README', () => {
    expect(optionTableMarkdown(optionTable('dns', dns))).toBe(
      [
        '| Setting | Default | Meaning |',
        '| --- | --- | --- |',
        '| `ports.dns`, `-dns-port` | `8600` | Port that answers DNS. |',
        '| `dns_config.node_ttl` | `"0s"` | How long to keep it. Changes on reload. |',
        '| `domain` | `"consul"` | Our domain. |',
        '',
      ].join('\n'),
    )
    expect(optionTableMarkdown(optionTable('http', http))).toContain('Added \\| set.')
  })

  test('make the lines of -help', () => {
    expect(optionHelp('dns', dns)).toEqual([['-dns-port=<port>', 'Port that answers DNS. Default: 8600.']])
    expect(optionHelp('http', http)).toEqual([['-node=<text>', 'Its name.']])
  })

  test('make the example configuration, where several owners share a block', () => {
    expect(
      exampleLines([
        { name: 'dns', options: dns },
        { name: 'http', options: http },
      ]),
    ).toBe(`# Our domain. For example: "example.org"
domain = "consul"

# A service.
# service {
#   name = "web"
# }

# Its name.
# node_name = "web-1"

ports {
  # Port that answers DNS.
  dns = 8600

  # Port of the API.
  http = 8500
}

dns_config {
  # How long to keep it.
  node_ttl = "0s"
}

http_config {
  # Added | set.
  response_headers = { "X-A" = "b" }
}

plugins {
  http {
    # Hosts.
    hosts = ["a", "b"]
  }
}
`)
  })
})
