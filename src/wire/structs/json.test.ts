import { describe, expect, test } from 'vitest'
import { type Message, parseJson } from '../schema.ts'
import { AgentHealthCheck, AgentService } from './agent.ts'
import {
  CheckDefinition,
  HealthCheck,
  NodeService,
  RegisterRequest,
  ServiceDefinition,
  ServiceNode,
} from './catalog.ts'
import { Coordinate } from './coordinate.ts'
import { HttpCheckServiceNode, HttpHealthCheck, HttpNodeService } from './http.ts'
import { DirEntry } from './kv.ts'
import { AutopilotConfig } from './operator.ts'
import { PreparedQuery } from './prepared-query.ts'
import { Session } from './session.ts'
import { TxnOpBody, TxnReadResponse, TxnResponse } from './txn.ts'

const node =
  '{"ID":"","Node":"web-1","Address":"192.0.2.101","Datacenter":"dc1","TaggedAddresses":null,"Meta":{"env":"prod","rack":"a"},"CreateIndex":12,"ModifyIndex":12}'
const emptyProxy = '{"Mode":"","MeshGateway":{},"Expose":{}}'
const check =
  '{"Node":"h-1","CheckID":"api-1-c","Name":"api","Status":"passing","Notes":"","Output":"","ServiceID":"api-1","ServiceName":"api","ServiceTags":["v1"],"Type":"","Interval":"","Timeout":"","ExposedPort":0,"Definition":{},"CreateIndex":5,"ModifyIndex":5}'

// biome-ignore lint/suspicious/noExplicitAny: a table over structs of many types
const recorded: [name: string, type: Message<any>, json: string][] = [
  [
    'a KV entry',
    DirEntry,
    '{"LockIndex":0,"Key":"one/a","Flags":0,"Value":"aGVsbG8=","CreateIndex":9,"ModifyIndex":9}',
  ],
  [
    'a locked KV entry without a value',
    DirEntry,
    '{"LockIndex":1,"Key":"l","Flags":18446744073709551615,"Value":null,"Session":"8f246b77","CreateIndex":9,"ModifyIndex":11}',
  ],
  [
    'a row of /v1/catalog/service',
    ServiceNode,
    `{"ID":"","Node":"cc-2","Address":"192.0.2.2","Datacenter":"dc1","TaggedAddresses":null,"NodeMeta":null,"ServiceKind":"connect-proxy","ServiceID":"pay-px","ServiceName":"pay-sidecar-proxy","ServiceTags":["v1"],"ServiceAddress":"127.0.0.9","ServiceTaggedAddresses":{"lan":{"Address":"192.0.2.56","Port":2000}},"ServiceWeights":{"Passing":5,"Warning":2},"ServiceMeta":{"k":"v"},"ServicePort":20000,"ServiceSocketPath":"","ServiceEnableTagOverride":true,"ServiceProxy":{"DestinationServiceName":"pay","DestinationServiceID":"pay","Mode":"","Upstreams":[{"DestinationType":"","DestinationName":"db","Datacenter":"","LocalBindPort":1,"MeshGateway":{}}],"MeshGateway":{},"Expose":{}},"ServiceConnect":{},"CreateIndex":3,"ModifyIndex":4}`,
  ],
  [
    'an instance of /v1/health/service',
    HttpCheckServiceNode,
    `{"Node":${node},"Service":{"ID":"web","Service":"web","Tags":[],"Address":"","Meta":null,"Port":80,"Weights":{"Passing":1,"Warning":1},"EnableTagOverride":false,"Proxy":${emptyProxy},"Connect":{},"CreateIndex":12,"ModifyIndex":12},"Checks":[${check}]}`,
  ],
  [
    'a service of /v1/agent/services',
    AgentService,
    '{"Kind":"connect-proxy","ID":"px","Service":"px","Tags":[],"Meta":{},"Port":21000,"Address":"","Weights":{"Passing":1,"Warning":1},"EnableTagOverride":false,"ContentHash":"3a","Proxy":{"DestinationServiceName":"target","DestinationServiceID":"target-1","LocalServiceAddress":"127.0.0.1","LocalServicePort":80,"Mode":"direct","Config":{"k":"v","n":5},"Upstreams":[{"DestinationType":"service","DestinationName":"db","LocalBindPort":9191,"MeshGateway":{"Mode":"local"}}],"MeshGateway":{"Mode":"local"},"Expose":{"Paths":[{"ListenerPort":81,"Path":"/h","LocalPathPort":80,"Protocol":"http","ParsedFromCheck":false}]}},"Datacenter":"dc1"}',
  ],
  [
    'a check of /v1/agent/health/service',
    AgentHealthCheck,
    '{"Node":"node-a","CheckID":"hi-c","Name":"hi-c","Status":"passing","Notes":"","Output":"","ServiceID":"hi-1","ServiceName":"hi","ServiceTags":null,"Type":"","Definition":{"Interval":"0s","Timeout":"0s","DeregisterCriticalServiceAfter":"0s","HTTP":"","Header":null,"Method":"","Body":"","TLSServerName":"","TLSSkipVerify":false,"TCP":"","GRPC":"","GRPCUseTLS":false},"CreateIndex":0,"ModifyIndex":0}',
  ],
  [
    'a session',
    Session,
    '{"ID":"adf4","Name":"s1","Node":"node-a","LockDelay":15000000000,"Behavior":"release","TTL":"30s","NodeChecks":["serfHealth"],"ServiceChecks":null,"CreateIndex":20,"ModifyIndex":20}',
  ],
  [
    'a prepared query',
    PreparedQuery,
    '{"ID":"8f24","Name":"full","Session":"","Token":"","Template":{"Type":"","Regexp":"","RemoveEmptyTags":false},"Service":{"Service":"web","Failover":{"NearestN":3,"Datacenters":["dc2","dc3"]},"OnlyPassing":true,"IgnoreCheckIDs":["x"],"Near":"_agent","Tags":["v1","!old"],"NodeMeta":{"zone":"a"},"ServiceMeta":{"rel":"x"},"Connect":false},"DNS":{"TTL":"10s"},"CreateIndex":7,"ModifyIndex":7}',
  ],
  [
    'the autopilot configuration',
    AutopilotConfig,
    '{"CleanupDeadServers":true,"LastContactThreshold":"200ms","MaxTrailingLogs":250,"MinQuorum":0,"ServerStabilizationTime":"10s","RedundancyZoneTag":"","DisableUpgradeMigration":false,"UpgradeVersionTag":"","CreateIndex":4,"ModifyIndex":4}',
  ],
  [
    'a coordinate',
    Coordinate,
    '{"Node":"co-1","Segment":"","Coord":{"Vec":[0.5,0,0,0,0,0,0,0],"Error":1.5,"Adjustment":0,"Height":0.00001}}',
  ],
  [
    'a transaction',
    TxnResponse,
    '{"Results":[{"KV":{"LockIndex":0,"Key":"t4/a","Flags":0,"Value":null,"CreateIndex":5,"ModifyIndex":6}}],"Errors":null}',
  ],
  [
    'a read-only transaction that failed',
    TxnReadResponse,
    '{"Results":null,"Errors":[{"OpIndex":0,"What":"unknown KV verb \\"SET\\""}],"Index":1,"LastContact":0,"KnownLeader":true,"ConsistencyLevel":"","NotModified":false,"Backend":0}',
  ],
]

describe('JSON is byte for byte as recorded', () => {
  test.for(recorded)('%s', ([, type, json]) => {
    expect(type.toJson(type.fromJson(parseJson(json)))).toBe(json)
  })
})

describe('what HTTP promises never to be null', () => {
  test('tags and meta of /v1/catalog/service', () => {
    expect(ServiceNode.toJson(ServiceNode.zero())).toContain('"ServiceTags":[],')
    expect(ServiceNode.toJson(ServiceNode.zero())).toContain('"ServiceMeta":{},')
  })

  test('tags and checks of /v1/health, unlike those of a prepared query', () => {
    expect(HttpNodeService.toJson(NodeService.zero())).toContain('"Tags":[],')
    expect(NodeService.toJson(NodeService.zero())).toContain('"Tags":null,')
    expect(HttpHealthCheck.toJson(HealthCheck.zero())).toContain('"ServiceTags":[],')
    expect(HttpCheckServiceNode.toJson(HttpCheckServiceNode.zero())).toBe('{"Node":null,"Service":null,"Checks":[]}')
  })
})

describe('requests', () => {
  test('the definition of a check takes durations as text and shows only what is set', () => {
    const request = RegisterRequest.fromJson(
      parseJson(
        '{"Node":"n","Check":{"Name":"c","Definition":{"HTTP":"http://x/","Interval":"10s","timeout":1000000000}}}',
      ),
    )
    expect(HealthCheck.toJson(request.Check!)).toContain(
      '"Definition":{"Interval":"10s","Timeout":"1s","HTTP":"http://x/"}',
    )
  })

  test('a token in a body is not one', () => {
    expect(RegisterRequest.fromJson({ Node: 'n', Token: 'secret' }).Token).toBe('')
  })

  test('a service for an agent, in snake_case, with a sidecar', () => {
    const service = ServiceDefinition.fromJson(
      parseJson(
        '{"name":"web","port":80,"enable_tag_override":true,"tagged_addresses":{"lan":{"address":"192.0.2.6","port":1}},' +
          '"check":{"id":"c","args":["/bin/true"],"interval":"10s","deregister_critical_service_after":"1m"},' +
          '"connect":{"sidecar_service":{"proxy":{"upstreams":[{"destination_name":"db","local_bind_port":9191}]}}}}',
      ),
    )
    expect(service).toMatchObject({
      Name: 'web',
      EnableTagOverride: true,
      TaggedAddresses: { lan: { Address: '192.0.2.6', Port: 1 } },
      Check: { CheckID: 'c', ScriptArgs: ['/bin/true'], Interval: 10e9, DeregisterCriticalServiceAfter: 60e9 },
      Connect: { SidecarService: { Proxy: { Upstreams: [{ DestinationName: 'db', LocalBindPort: 9191 }] } } },
    })
    expect(ServiceDefinition.decode(ServiceDefinition.encode(service))).toEqual(service)
  })

  test('a check for an agent', () => {
    expect(CheckDefinition.fromJson({ ID: 'a', Name: 'n', ServiceID: 's', TTL: '10s' })).toMatchObject({
      CheckID: 'a',
      ServiceID: 's',
      TTL: 10e9,
    })
  })

  test('an operation of /v1/txn', () => {
    const op = TxnOpBody.fromJson(
      parseJson('{"KV":{"Verb":"cas","Key":"é","Value":"eA==","Flags":18446744073709551615,"Index":7}}'),
    )
    expect(op.KV).toEqual({
      Verb: 'cas',
      Key: '\xc3\xa9',
      Value: Buffer.from('x'),
      Flags: 18446744073709551615n,
      Index: 7,
      Session: '',
    })
  })
})
