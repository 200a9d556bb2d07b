import { anyObject, bool, duration, index, int, type ProtoKind, text } from '../protobuf/kinds.ts'
import { field, inside, mapOf, message, type ProtoField, repeated } from '../protobuf/message.ts'
import type { NodeService } from './catalog.ts'
import {
  type CheckServiceNode,
  CheckServiceNode as CheckServiceNodeStruct,
  HealthCheck as HealthCheckStruct,
  type Node,
  NodeService as NodeServiceStruct,
  Node as NodeStruct,
  ServiceAddress as ServiceAddressStruct,
  ServiceConnect as ServiceConnectStruct,
  type Weights,
  Weights as WeightsStruct,
} from './catalog.ts'
import { HealthCheckDefinition as DefinitionStruct, type HealthCheck, type HealthCheckDefinition } from './check.ts'
import {
  type ConnectProxyConfig,
  type ExposeConfig,
  ExposePath as ExposePathStruct,
  ExposeConfig as ExposeStruct,
  MeshGatewayConfig as MeshGatewayStruct,
  ConnectProxyConfig as ProxyStruct,
  TransparentProxyConfig as TransparentProxyStruct,
  type Upstream,
  Upstream as UpstreamStruct,
} from './proxy.ts'

/** The messages of the subscription service (protocol/servers.md §8): the same rows as everywhere, in protobuf. */

type Stamped = { CreateIndex: number; ModifyIndex: number }

/** Consul keeps the indexes in a message of their own. */
function raftIndex<Row extends Stamped>(number: number): ProtoField<Row> {
  return inside<Row>(number, [field(1, 'CreateIndex', index), field(2, 'ModifyIndex', index)])
}

/** Which partition and namespace a row belongs to: nothing, outside the enterprise edition, but the message is there. */
function enterpriseMeta<Row>(number: number): ProtoField<Row> {
  return inside<Row>(number, [])
}

/** The values of one HTTP header, which protobuf must wrap to have several. */
const headerValues: ProtoKind<readonly string[] | null> = (() => {
  const wrapped = message<{ Value: readonly string[] }>(() => ({ Value: [] }), [repeated(1, 'Value', text)])
  return {
    wire: wrapped.wire,
    zero: () => [],
    isZero: () => false,
    write: (writer, values) => wrapped.write(writer, { Value: values ?? [] }),
    read: (reader) => wrapped.read(reader).Value,
  }
})()

const NodeMessage = message<Node>(NodeStruct.zero, [
  field(1, 'ID', text),
  field(2, 'Node', text),
  field(3, 'Address', text),
  field(4, 'Datacenter', text),
  mapOf(5, 'TaggedAddresses', text),
  mapOf(6, 'Meta', text),
  raftIndex(7),
])

const WeightsMessage = message<Weights>(WeightsStruct.zero, [field(1, 'Passing', int), field(2, 'Warning', int)])

const AddressMessage = message(ServiceAddressStruct.zero, [field(1, 'Address', text), field(2, 'Port', int)])

const MeshGatewayMessage = message(MeshGatewayStruct.zero, [field(1, 'Mode', text)])

const ExposeMessage = message<ExposeConfig>(ExposeStruct.zero, [
  field(1, 'Checks', bool),
  repeated(
    2,
    'Paths',
    message(ExposePathStruct.zero, [
      field(1, 'ListenerPort', int),
      field(2, 'Path', text),
      field(3, 'LocalPathPort', int),
      field(4, 'Protocol', text),
      field(5, 'ParsedFromCheck', bool),
    ]),
  ),
])

const TransparentProxyMessage = message(TransparentProxyStruct.zero, [
  field(1, 'OutboundListenerPort', int),
  field(2, 'DialedDirectly', bool),
])

const UpstreamMessage = message<Upstream>(UpstreamStruct.zero, [
  field(1, 'DestinationType', text),
  field(2, 'DestinationNamespace', text),
  field(3, 'DestinationName', text),
  field(4, 'Datacenter', text),
  field(5, 'LocalBindAddress', text),
  field(6, 'LocalBindPort', int),
  field(7, 'Config', anyObject),
  field(8, 'MeshGateway', MeshGatewayMessage),
  field(9, 'CentrallyConfigured', bool),
  field(10, 'LocalBindSocketPath', text),
  field(11, 'LocalBindSocketMode', text),
])

const ProxyMessage = message<ConnectProxyConfig>(ProxyStruct.zero, [
  field(1, 'DestinationServiceName', text),
  field(2, 'DestinationServiceID', text),
  field(3, 'LocalServiceAddress', text),
  field(4, 'LocalServicePort', int),
  field(5, 'Config', anyObject),
  repeated(6, 'Upstreams', UpstreamMessage),
  field(7, 'MeshGateway', MeshGatewayMessage),
  field(8, 'Expose', ExposeMessage),
  field(9, 'Mode', text),
  field(10, 'TransparentProxy', TransparentProxyMessage),
  field(11, 'LocalServiceSocketPath', text),
])

const NodeServiceMessage = message<NodeService>(NodeServiceStruct.zero, [
  field(1, 'Kind', text),
  field(2, 'ID', text),
  field(3, 'Service', text),
  repeated(4, 'Tags', text),
  field(5, 'Address', text),
  mapOf(6, 'Meta', text),
  field(7, 'Port', int),
  field(8, 'Weights', WeightsMessage),
  field(9, 'EnableTagOverride', bool),
  field(11, 'Proxy', ProxyMessage),
  field(12, 'Connect', message(ServiceConnectStruct.zero, [field(1, 'Native', bool)])),
  field(13, 'LocallyRegisteredAsSidecar', bool),
  raftIndex(14),
  mapOf(15, 'TaggedAddresses', AddressMessage),
  enterpriseMeta(16),
  field(17, 'SocketPath', text),
])

const DefinitionMessage = message<HealthCheckDefinition>(DefinitionStruct.zero, [
  field(1, 'HTTP', text),
  field(2, 'TLSSkipVerify', bool),
  mapOf(3, 'Header', headerValues),
  field(4, 'Method', text),
  field(5, 'TCP', text),
  field(6, 'Interval', duration),
  field(7, 'Timeout', duration),
  field(8, 'DeregisterCriticalServiceAfter', duration),
  field(9, 'OutputMaxSize', int),
  repeated(10, 'ScriptArgs', text),
  field(11, 'DockerContainerID', text),
  field(12, 'Shell', text),
  field(13, 'GRPC', text),
  field(14, 'GRPCUseTLS', bool),
  field(15, 'AliasNode', text),
  field(16, 'AliasService', text),
  field(17, 'TTL', duration),
  field(18, 'Body', text),
  field(19, 'TLSServerName', text),
  field(20, 'H2PING', text),
  field(22, 'DisableRedirects', bool),
])

const HealthCheckMessage = message<HealthCheck>(HealthCheckStruct.zero, [
  field(1, 'Node', text),
  field(2, 'CheckID', text),
  field(3, 'Name', text),
  field(4, 'Status', text),
  field(5, 'Notes', text),
  field(6, 'Output', text),
  field(7, 'ServiceID', text),
  field(8, 'ServiceName', text),
  repeated(9, 'ServiceTags', text),
  field(10, 'Definition', DefinitionMessage),
  raftIndex(11),
  field(12, 'Type', text),
  enterpriseMeta(13),
  field(14, 'ExposedPort', int),
  field(15, 'Interval', text),
  field(16, 'Timeout', text),
])

const CheckServiceNodeMessage = message<CheckServiceNode>(CheckServiceNodeStruct.zero, [
  field(1, 'Node', NodeMessage),
  field(2, 'Service', NodeServiceMessage),
  repeated(3, 'Checks', HealthCheckMessage),
])

export const topic = { serviceHealth: 1, serviceHealthConnect: 2 } as const

export interface SubscribeRequest {
  Topic: number
  /** The service's name. */
  Key: string
  Token: string
  /** The last index that the subscriber has seen; 0 from one that begins. */
  Index: number
  Datacenter: string
  Namespace: string
}

export const SubscribeRequest = message<SubscribeRequest>(
  () => ({ Topic: 0, Key: '', Token: '', Index: 0, Datacenter: '', Namespace: '' }),
  [
    field(1, 'Topic', int),
    field(2, 'Key', text),
    field(3, 'Token', text),
    field(4, 'Index', index),
    field(5, 'Datacenter', text),
    field(6, 'Namespace', text),
  ],
)

export const updateOp = { register: 0, deregister: 1 } as const

export interface ServiceHealthUpdate {
  Op: number
  CheckServiceNode: CheckServiceNode | null
}

/** One message to a subscriber: an index, and one of the others. */
export interface SubscribeEvent {
  Index: number
  EndOfSnapshot: boolean
  NewSnapshotToFollow: boolean
  EventBatch: { Events: SubscribeEvent[] } | null
  ServiceHealth: ServiceHealthUpdate | null
}

const emptyEvent = (): SubscribeEvent => ({
  Index: 0,
  EndOfSnapshot: false,
  NewSnapshotToFollow: false,
  EventBatch: null,
  ServiceHealth: null,
})

const ServiceHealthUpdate = message<ServiceHealthUpdate>(
  () => ({ Op: 0, CheckServiceNode: null }),
  [field(1, 'Op', int), field(2, 'CheckServiceNode', CheckServiceNodeMessage)],
)

/** What an event of a batch may be; batches are not nested. */
const single: ProtoField<SubscribeEvent>[] = [
  field(1, 'Index', index),
  field(2, 'EndOfSnapshot', bool),
  field(3, 'NewSnapshotToFollow', bool),
  field(10, 'ServiceHealth', ServiceHealthUpdate),
]

const EventBatch = message<{ Events: SubscribeEvent[] }>(
  () => ({ Events: [] }),
  [repeated(1, 'Events', message(emptyEvent, single))],
)

export const SubscribeEvent = message<SubscribeEvent>(emptyEvent, [
  ...single.slice(0, 3),
  field(4, 'EventBatch', EventBatch),
  ...single.slice(3),
])
