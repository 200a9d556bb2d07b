export interface SignalActions {
  /** First SIGINT or SIGTERM. */
  readonly stop: (signal: NodeJS.Signals) => void
  /** A second one while stopping: the operator will not wait. */
  readonly giveUp: (signal: NodeJS.Signals) => void
  /** SIGHUP. */
  readonly reload: () => void
}

/** Listens for the signals that operators send an agent; returns what stops listening. */
export function onSignals({ stop, giveUp, reload }: SignalActions): () => void {
  let stopping = false
  const end = (signal: NodeJS.Signals) => {
    if (stopping) return giveUp(signal)
    stopping = true
    stop(signal)
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  process.on('SIGHUP', reload)
  return () => {
    process.off('SIGINT', end)
    process.off('SIGTERM', end)
    process.off('SIGHUP', reload)
  }
}
