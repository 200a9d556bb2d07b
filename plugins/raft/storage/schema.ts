/** Raised when the meaning of what is stored changes. A newer file is refused, an older one is brought up to date. */
export const formatVersion = 1

/** Marks the file as ours in SQLite's header: `PRCS`. */
export const applicationId = 0x50524353

/** Commands by their type byte, as the view names them (protocol/servers.md §12.1). */
const commandNames: Readonly<Record<number, string>> = {
  0: 'register',
  1: 'deregister',
  2: 'kvs',
  3: 'session',
  4: 'acl',
  5: 'tombstone',
  6: 'coordinate-batch-update',
  7: 'prepared-query',
  8: 'txn',
  9: 'autopilot',
  11: 'acl-bootstrap',
  12: 'intention',
  13: 'connect-ca',
  17: 'acl-token-set',
  18: 'acl-token-delete',
  19: 'acl-policy-set',
  20: 'acl-policy-delete',
  21: 'connect-ca-leaf',
  22: 'config-entry',
  23: 'acl-role-set',
  24: 'acl-role-delete',
  25: 'acl-binding-rule-set',
  26: 'acl-binding-rule-delete',
  27: 'acl-auth-method-set',
  28: 'acl-auth-method-delete',
  30: 'federation-state',
  31: 'system-metadata',
}

/** Bit 7 of a command's type byte says that servers which do not know it may skip it; it is no part of the name. */
const commandCases = Object.entries(commandNames)
  .flatMap(([number, name]) => [
    `WHEN '${hexByte(Number(number))}' THEN '${name}'`,
    `WHEN '${hexByte(Number(number) | 0x80)}' THEN '${name}'`,
  ])
  .join(' ')

function hexByte(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0')
}

/**
 * The tables of data/raft.db, for Raft, and views over them, for people. Indexes count from 1, times are milliseconds since
 * 1970 UTC, and `checksum` is a CRC-32 of the whole entry (packing.ts). `memberships` repeats the configuration entries of
 * log and snapshots as JSON, so that a shell can read them; Raft itself only trusts the entries.
 */
export const schema = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE hard_state (
  id INTEGER PRIMARY KEY CHECK (id = 1), term INTEGER NOT NULL, voted_for TEXT
) STRICT;
CREATE TABLE log (
  "index" INTEGER PRIMARY KEY, term INTEGER NOT NULL, type INTEGER NOT NULL, data BLOB, extensions BLOB,
  appended_at REAL NOT NULL, checksum INTEGER NOT NULL
) STRICT;
CREATE INDEX log_configurations ON log ("index") WHERE type = 5;
CREATE TABLE memberships ("index" INTEGER PRIMARY KEY, servers TEXT NOT NULL) STRICT;
CREATE TABLE snapshots (
  id INTEGER PRIMARY KEY AUTOINCREMENT, "index" INTEGER NOT NULL, term INTEGER NOT NULL, configuration BLOB NOT NULL,
  configuration_index INTEGER NOT NULL, size_bytes INTEGER NOT NULL DEFAULT 0, chunks INTEGER NOT NULL DEFAULT 0,
  sha256 TEXT, created_at REAL NOT NULL, complete INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE snapshot_chunks (
  snapshot INTEGER NOT NULL, sequence INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (snapshot, sequence)
) STRICT;

CREATE VIEW entries AS SELECT
  "index", term,
  CASE type WHEN 0 THEN 'command' WHEN 1 THEN 'no-op' WHEN 4 THEN 'barrier' WHEN 5 THEN 'configuration' ELSE 'type ' || type END
    AS kind,
  -- Only the first piece of a large command begins with the command's number; what the others begin with is chance.
  CASE WHEN type <> 0 THEN NULL WHEN extensions IS NOT NULL THEN 'piece'
    ELSE CASE hex(substr(data, 1, 1)) ${commandCases} ELSE 'command ' || hex(substr(data, 1, 1)) END END AS command,
  coalesce(length(data), 0) AS size_bytes,
  strftime('%Y-%m-%d %H:%M:%f', appended_at / 1000, 'unixepoch') AS appended,
  data
FROM log;

CREATE VIEW votes AS SELECT term, voted_for FROM hard_state;

CREATE VIEW peers AS SELECT
  value ->> 'id' AS id, value ->> 'address' AS address, value ->> 'suffrage' AS suffrage, memberships."index" AS since_index
FROM memberships, json_each(memberships.servers)
WHERE memberships."index" = (SELECT max("index") FROM memberships);

CREATE VIEW overview AS SELECT
  (SELECT term FROM hard_state) AS term,
  (SELECT voted_for FROM hard_state) AS voted_for,
  (SELECT min("index") FROM log) AS first_index,
  (SELECT max("index") FROM log) AS last_index,
  (SELECT count(*) FROM log) AS entries,
  (SELECT max("index") FROM snapshots WHERE complete) AS snapshot_index,
  (SELECT group_concat(address, ' ') FROM peers) AS peers,
  (SELECT value FROM meta WHERE key = 'format_version') AS format_version;
`
