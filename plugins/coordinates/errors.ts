import { ProconsulError } from '../../src/kernel/errors.ts'

/** A coordinate that cannot be one: no numbers, or of another space. Consul answers 500. */
export class CoordinateRefusedError extends ProconsulError {
  override readonly code = 'coordinate_refused'
}

/** The operator switched coordinates off (`disable_coordinates`). */
export class CoordinatesDisabledError extends ProconsulError {
  override readonly code = 'coordinates_disabled'
  override readonly status = 401

  constructor() {
    super('Coordinate support disabled')
  }
}
