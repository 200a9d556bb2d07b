import { readMethod } from '../../src/rpc/method.ts'
import type { Question } from '../../src/store/live-query.ts'
import { ServiceConfigRequest, ServiceConfigResponse } from '../../src/wire/structs/service-config.ts'
import { questionKey } from './queries.ts'

/** What a reply says beside its meta. */
type ServiceConfig = Pick<
  ServiceConfigResponse,
  'ProxyConfig' | 'UpstreamConfigs' | 'UpstreamIDConfigs' | 'MeshGateway' | 'Expose' | 'TransparentProxy' | 'Mode'
>

/**
 * What configuration entries say of a service: nothing, while no plugin keeps any. Agents of Consul wait for this before
 * they register a service with a proxy, and hold a call for each of them.
 */
export const serviceConfig = readMethod({
  name: 'ConfigEntry.ResolveServiceConfig',
  request: ServiceConfigRequest,
  reply: ServiceConfigResponse,
  toRequest: (Name: string) => ({ Name }),
  fromRequest: ({ Name }) => Name,
  question: (service): Question<ServiceConfig> => ({
    key: questionKey('service-config', service),
    read: () => ServiceConfigResponse.zero(),
    index: () => 1,
    encode: (config) => Buffer.from(ServiceConfigResponse.toJson({ ...ServiceConfigResponse.zero(), ...config })),
  }),
  toReply: ({ ProxyConfig, UpstreamConfigs, UpstreamIDConfigs, MeshGateway, Expose, TransparentProxy, Mode }) => ({
    ProxyConfig,
    UpstreamConfigs,
    UpstreamIDConfigs,
    MeshGateway,
    Expose,
    TransparentProxy,
    Mode,
  }),
  fromReply: (reply): ServiceConfig => reply,
})
