import { bool, duration, type Infer, int, list, map, struct, text } from '../schema.ts'
import { raftIndex } from './query.ts'

/** What a check does, kept with it in the catalog. Shows the durations that are set, as text, before the rest. */
export const HealthCheckDefinition = struct('HealthCheckDefinition', {
  Interval: duration({ as: 'text', omitEmpty: true }),
  OutputMaxSize: int({ omitEmpty: true }),
  Timeout: duration({ as: 'text', omitEmpty: true }),
  DeregisterCriticalServiceAfter: duration({ as: 'text', omitEmpty: true }),
  HTTP: text({ omitEmpty: true }),
  TLSServerName: text({ omitEmpty: true }),
  TLSSkipVerify: bool({ omitEmpty: true }),
  Header: map(list(text()), { omitEmpty: true }),
  Method: text({ omitEmpty: true }),
  Body: text({ omitEmpty: true }),
  DisableRedirects: bool({ omitEmpty: true }),
  TCP: text({ omitEmpty: true }),
  H2PING: text({ omitEmpty: true }),
  ScriptArgs: list(text(), { omitEmpty: true }),
  DockerContainerID: text({ omitEmpty: true }),
  Shell: text({ omitEmpty: true }),
  GRPC: text({ omitEmpty: true }),
  GRPCUseTLS: bool({ omitEmpty: true }),
  AliasNode: text({ omitEmpty: true }),
  AliasService: text({ omitEmpty: true }),
  TTL: duration({ omitEmpty: true }),
})
export type HealthCheckDefinition = Infer<typeof HealthCheckDefinition>

/** A check of a node or of one of its services, with its present status. */
export const HealthCheck = struct('HealthCheck', {
  Node: text(),
  CheckID: text(),
  Name: text(),
  Status: text(),
  Notes: text(),
  Output: text(),
  ServiceID: text(),
  ServiceName: text(),
  ServiceTags: list(text()),
  Type: text(),
  Interval: text(),
  Timeout: text(),
  ExposedPort: int(),
  Definition: HealthCheckDefinition,
  ...raftIndex,
})
export type HealthCheck = Infer<typeof HealthCheck>

/** How an agent runs a check. */
const checkType = {
  CheckID: text({ alias: ['ID'] }),
  Name: text(),
  Status: text(),
  Notes: text(),
  ScriptArgs: list(text(), { alias: ['Args'] }),
  HTTP: text(),
  H2PING: text(),
  Header: map(list(text())),
  Method: text(),
  Body: text(),
  DisableRedirects: bool(),
  TCP: text(),
  Interval: duration(),
  AliasNode: text(),
  AliasService: text(),
  DockerContainerID: text(),
  Shell: text(),
  GRPC: text(),
  GRPCUseTLS: bool(),
  TLSServerName: text(),
  TLSSkipVerify: bool(),
  Timeout: duration(),
  TTL: duration(),
  SuccessBeforePassing: int(),
  FailuresBeforeCritical: int(),
  ProxyHTTP: text(),
  ProxyGRPC: text(),
  DeregisterCriticalServiceAfter: duration(),
  OutputMaxSize: int(),
}

/** A check inside a service definition, as it is written in configuration and sent to an agent. */
export const CheckType = struct('CheckType', checkType, { snakeCase: true })
export type CheckType = Infer<typeof CheckType>

/** A check that is registered by itself; without `ServiceID` it is one of the node. */
export const CheckDefinition = struct(
  'CheckDefinition',
  { ...checkType, ServiceID: text(), Token: text() },
  { snakeCase: true },
)
export type CheckDefinition = Infer<typeof CheckDefinition>
