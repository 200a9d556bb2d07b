import { expect, test } from 'vitest'
import { ConfigError } from '../../src/kernel/errors.ts'
import type { ApiRequest, HttpMethod, PlainReply } from '../http-api/contract.ts'
import type { NodeIdentity } from '../node/contract.ts'
import { localAgent } from './local-agent.fixture.ts'
import { selfRoutes } from './self-routes.ts'

function newApi(reload: () => Promise<void> = async () => {}) {
  const { registrations } = localAgent()
  const node = { consulVersion: '1.10.12', ports: {} } as NodeIdentity
  const routes = selfRoutes({ node, nodeMeta: {}, registrations, members: undefined, consensus: undefined, reload })
  return async (method: HttpMethod, path: string) => {
    const route = routes.find((it) => it.path === path && it.methods.includes(method))!
    return (await route.answer({} as ApiRequest)) as PlainReply
  }
}

test('the version is that of the Consul whose interface this is', async () => {
  const { body } = await newApi()('GET', '/v1/agent/version')
  expect(JSON.parse(body.toString())).toMatchObject({ HumanVersion: '1.10.12' })
})

test('a reload answers when it is done, and with what was wrong with the configuration', async () => {
  let reloads = 0
  const reply = await newApi(async () => void reloads++)('PUT', '/v1/agent/reload')
  expect(reply).toMatchObject({ status: 200, body: '', type: undefined })
  expect(reloads).toBe(1)
  const ask = newApi(() => Promise.reject(new ConfigError('a.hcl:1:1: no')))
  await expect(ask('PUT', '/v1/agent/reload')).rejects.toMatchObject({ status: 500, message: 'a.hcl:1:1: no' })
})

test('tokens cannot be changed where there are no ACLs', async () => {
  await expect(newApi()('PUT', '/v1/agent/token/:kind')).rejects.toMatchObject({
    status: 401,
    message: 'ACL support disabled',
  })
})
