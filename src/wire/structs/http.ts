import { list, optional } from '../schema.ts'
import { CheckServiceNode, HealthCheck, NodeService } from './catalog.ts'

/*
 * Rows as `/v1/catalog` and `/v1/health` show them. They differ from the rows themselves (which prepared queries and
 * transactions show) in lists that clients may rely on not to be null.
 */

export const HttpHealthCheck = HealthCheck.view({ ServiceTags: { nil: '[]' } })

export const HttpNodeService = NodeService.view({ Tags: { nil: '[]' } })

export const HttpCheckServiceNode = CheckServiceNode.view({
  Service: { kind: optional(HttpNodeService) },
  Checks: { kind: list(HttpHealthCheck), nil: '[]' },
})
