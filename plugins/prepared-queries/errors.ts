import { ProconsulError } from '../../src/kernel/errors.ts'

/** A prepared query that cannot be, or cannot be stored beside those that are there. Clients match on the sentences. */
export class PreparedQueryRefusedError extends ProconsulError {
  override readonly code = 'prepared_query_refused'
}

/** No prepared query has this id or name, and no template is for it. */
export class QueryNotFoundError extends ProconsulError {
  override readonly code = 'query_not_found'
  override readonly status = 404

  constructor() {
    super('Query not found')
  }
}

/** A parameter of a request that cannot be read. Consul answers 500. */
export class QueryParameterError extends ProconsulError {
  override readonly code = 'query_parameter'
}
