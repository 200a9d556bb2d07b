import { ProconsulError } from '../../src/kernel/errors.ts'

/** Figures were asked for in Prometheus' format, and none are kept for it. */
export class PrometheusOffError extends ProconsulError {
  override readonly code = 'prometheus_off'
  override readonly status = 415

  constructor() {
    super('Prometheus is not enabled since its retention time is not positive')
  }
}

/** A log stream was asked for at a level that is none. Text as Consul's. */
export class UnknownLogLevelError extends ProconsulError {
  override readonly code = 'unknown_log_level'
  override readonly status = 400

  constructor(level: string) {
    super(`Bad request: Unknown log level: ${level}`)
  }
}
