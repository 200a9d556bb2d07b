import { ProconsulError } from '../../src/kernel/errors.ts'

/** A registration that the catalog refuses. Consul answers these with 500, and clients match on the sentences. */
export class CatalogRefusedError extends ProconsulError {
  override readonly code = 'catalog_refused'
}

/** A request that misses a name or has a parameter of no use. */
export class CatalogRequestError extends ProconsulError {
  override readonly code = 'catalog_request'
  override readonly status = 400
}

/** What belongs to web pages, asked of an agent that has none. */
export class NoPagesError extends ProconsulError {
  override readonly code = 'no_pages'
  override readonly status = 404

  constructor() {
    super('UI is not enabled')
  }
}
