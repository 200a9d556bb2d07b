const codes = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE', 'ABORT_ERR'])

/** True for what a stream throws when its client hangs up in the middle: ordinary, and nobody's fault here. */
export function isDisconnect(error: unknown): boolean {
  return error instanceof Error && 'code' in error && codes.has(String(error.code))
}
