import { describe, expect, test } from 'vitest'
import type { Endpoint } from './core/messages.ts'
import { joinAll } from './join.ts'
import { endpointText } from './join-address.ts'

function network(reachable: readonly string[], names: Record<string, string[]> = {}) {
  const met: string[] = []
  return {
    met,
    setup: {
      defaultPort: 8301,
      resolve: async (name: string) => {
        const found = names[name]
        if (found === undefined) throw new Error(`lookup ${name}: no such host`)
        return found
      },
      meet: async (endpoint: Endpoint) => {
        const text = endpointText(endpoint)
        if (!reachable.includes(text)) throw new Error(`dial tcp ${text}: connect: connection refused`)
        met.push(text)
      },
    },
  }
}

describe('joining', () => {
  test('meets everyone who can be reached and counts them', async () => {
    const { met, setup } = network(['10.0.0.1:8301', '10.0.0.3:9301'])
    expect(await joinAll(['10.0.0.1', '10.0.0.2', '10.0.0.3:9301'], setup)).toBe(2)
    expect(met).toEqual(['10.0.0.1:8301', '10.0.0.3:9301'])
  })

  test('meets every address a name has', async () => {
    const { met, setup } = network(['10.0.0.1:8301', '10.0.0.2:8301'], { all: ['10.0.0.1', '10.0.0.2'] })
    expect(await joinAll(['all'], setup)).toBe(2)
    expect(met).toEqual(['10.0.0.1:8301', '10.0.0.2:8301'])
  })

  test('fails with every reason when nobody was met', async () => {
    const { setup } = network([])
    await expect(joinAll(['10.0.0.1', 'nowhere', 'no address'], setup)).rejects.toThrow(
      '3 errors occurred:\n' +
        '\t* Failed to join 10.0.0.1:8301: dial tcp 10.0.0.1:8301: connect: connection refused\n' +
        '\t* Failed to resolve nowhere: lookup nowhere: no such host\n' +
        '\t* Failed to resolve no address: it is no address\n\n',
    )
  })
})
