/** Names that serf keeps for itself; applications never see queries of such names. */
export const internalPrefix = '_serf_'

export const internalQuery = {
  ping: '_serf_ping',
  conflict: '_serf_conflict',
  list: '_serf_list-keys',
  install: '_serf_install-key',
  use: '_serf_use-key',
  remove: '_serf_remove-key',
} as const
