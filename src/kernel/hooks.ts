import { AsyncSeriesBailHook, AsyncSeriesHook, HookMap, SyncBailHook, SyncHook, SyncWaterfallHook } from 'tapable'
import type { Guard } from './guard.ts'
import type { LogRecord } from './log.ts'

/**
 * Types of hook arguments that the kernel does not own. A plugin merges its own in from its `contract.ts`, which keeps
 * the kernel ignorant of them and every tap typed:
 *
 *     declare module '../../src/kernel/hooks.ts' { interface Payloads { transaction: Transaction } }
 */
// biome-ignore lint/suspicious/noEmptyInterface: open on purpose, plugins merge their types in
export interface Payloads {}

/** What each replicated command carries, by command name. A feature merges its own commands in. */
// biome-ignore lint/suspicious/noEmptyInterface: open on purpose, features merge their commands in
export interface Commands {}

/** The row type of each replicated table, by table name. A feature merges its own tables in. */
// biome-ignore lint/suspicious/noEmptyInterface: open on purpose, features merge their tables in
export interface Tables {}

type Payload<Name extends string> = Name extends keyof Payloads ? Payloads[Name] : unknown

export type CommandName = keyof Commands & string
export type TableName = keyof Tables & string

/** One hook per command; the tap sees the command's own type. */
export interface ApplyHooks {
  for<C extends CommandName>(command: C): SyncBailHook<[tx: Payload<'transaction'>, command: Commands[C]], unknown>
  get(command: string): SyncBailHook<[tx: Payload<'transaction'>, command: never], unknown> | undefined
}

/** A row before and after one write; `before` is missing for a new row, `after` for a deleted one. */
export interface RowChange<Row> {
  readonly before?: Row | undefined
  readonly after?: Row | undefined
}

/** One hook per table; the tap sees the table's own row type. */
export interface ChangeHooks {
  for<T extends TableName>(table: T): SyncHook<[tx: Payload<'transaction'>, change: RowChange<Tables[T]>], void>
  get(table: string): SyncHook<[tx: Payload<'transaction'>, change: RowChange<never>], void> | undefined
}

/** Moments of a graceful leave. The gaps leave room for a plugin between two of ours. */
export const leaveStage = { handOver: 0, announce: 100, drain: 200, detach: 300 } as const

/**
 * Every hook of the agent: the one page a plugin author reads. Each is declared once and its type follows from its
 * value. A tap's name is the name of its plugin. What a throw does depends on the kind of hook:
 *
 * - *observer*: reported under the plugin's name (log and `fault`), and the others go on;
 * - *decider*: reaches the caller as it is;
 * - *starter*: ends the start of the agent; what is no ProconsulError carries the plugin's name;
 * - *raw*: reaches the caller unchanged, at no cost per call (the replicated state's hooks).
 */
export function createHooks(guard: Guard) {
  const { observer, backwards, decider, starter, raw } = guard
  return {
    /**
     * Called once after every plugin is set up, plugin by plugin in their order: open files and sockets here. A throw
     * stops the agent with that error, after closing what was opened.
     */
    start: starter(new AsyncSeriesHook<[]>([], 'start')),

    /** Told once when every plugin has started. Observers. */
    ready: observer(new SyncHook<[]>([], 'ready')),

    /**
     * Called at the end, in reverse plugin order, only for what `agent.own` cannot close. A throw is reported and the
     * others still stop.
     */
    stop: backwards(new AsyncSeriesHook<[]>([], 'stop')),

    /**
     * A graceful leave, in the stages of `leaveStage`: hand over duties, announce, drain clients, detach. Followed by
     * `stop`. A throw is reported and the leave goes on: staying half-left helps nobody.
     */
    leave: observer(new AsyncSeriesHook<[]>([], 'leave')),

    /**
     * Called for each committed command, in log order, on every server, inside a transaction. Exactly one tap each;
     * what it returns settles the proposal. It reads no clock and no chance. Throw a ProconsulError to refuse (the
     * transaction is rolled back and the proposer gets the error); any other throw stops the server, because one that
     * is down gets replaced and one that is wrong gets believed.
     */
    apply: new HookMap((command: string) =>
      raw(new SyncBailHook<[unknown, unknown], unknown>(['tx', 'command'], `apply.${command}`)),
    ) as unknown as ApplyHooks,

    /**
     * Called inside the transaction after a row of the table changed, on every server: how a lock ends with its
     * session. As deterministic as `apply`; a throw rolls the transaction back.
     */
    change: new HookMap((table: string) =>
      raw(new SyncHook<[unknown, unknown], void>(['tx', 'change'], `change.${table}`)),
    ) as unknown as ChangeHooks,

    /** Told the index of each transaction after it is in the tables. Observers; not part of the replicated state. */
    committed: observer(new SyncHook<[index: number], void>(['index'], 'committed')),

    /**
     * Called when a snapshot is taken; each feature adds its records, read from the frozen view it is given. Ordered by
     * tap stage: the record order of protocol/servers.md §15.1.
     */
    snapshot: raw(
      new SyncHook<[view: Payload<'view'>, records: Payload<'snapshotRecords'>], void>(['view', 'records'], 'snapshot'),
    ),

    /** Called for each record of a snapshot that is restored; one hook per record type, exactly one tap each. */
    restore: new HookMap((recordType: number) =>
      raw(
        new SyncBailHook<[tx: Payload<'transaction'>, record: Buffer], true | undefined>(
          ['tx', 'record'],
          `restore.${recordType}`,
        ),
      ),
    ),

    /**
     * Told when this server's role, its term or the leader it knows changed. While the role is `leader` the signal is
     * live: duties run under it and end when it aborts. Observers.
     */
    leadership: observer(new SyncHook<[change: Payload<'leadership'>], void>(['change'], 'leadership')),

    /**
     * Asked while a list is put in the order of distance from a node (`?near=`): how far away are the others? The first
     * answer returned wins; when nobody answers, the list stays as it is. Called inside live queries, so it reads nothing
     * but the view it is given.
     */
    rank: raw(
      new SyncBailHook<[question: Payload<'rankQuestion'>], Payload<'distances'> | undefined>(['question'], 'rank'),
    ),

    /**
     * Called for a connection on the server port, by its first byte: who speaks this protocol (protocol/servers.md §1)?
     * Return true to take it, with all that follows. When nobody does, or a tap throws, the connection is closed.
     */
    stream: new HookMap((firstByte: number) =>
      decider(new SyncBailHook<[stream: Payload<'stream'>], true | undefined>(['stream'], `stream.${firstByte}`)),
    ),

    /** Told when a member of the LAN pool joins, leaves, fails, changes or is forgotten; this agent too. Observers. */
    member: observer(new SyncHook<[change: Payload<'memberChange'>], void>(['change'], 'member')),

    /** The same of the WAN pool: the servers of all datacenters. Observers. */
    wanMember: observer(new SyncHook<[change: Payload<'memberChange'>], void>(['change'], 'wanMember')),

    /**
     * Called by the leader before a node whose agent left or was forgotten is removed from the catalog, and waited for: what
     * has to end before that, ends here, as a server leaves Raft. A throw puts the removal off until the leader looks again.
     */
    nodeGone: decider(new AsyncSeriesHook<[node: Payload<'goneNode'>]>(['node'], 'nodeGone')),

    /**
     * Asked for every member that another agent tells of, before it is believed, and often: keep it quick. Return a reason
     * to ignore that member, and with it the whole list it came in when it is one of those met at a join. A throw counts
     * as a reason.
     */
    memberMerge: decider(
      new SyncBailHook<[candidate: Payload<'memberCandidate'>], string | undefined>(['candidate'], 'memberMerge'),
    ),

    /** Told once of each event that an agent of the LAN pool sent to all, this one included. Observers. */
    userEvent: observer(new SyncHook<[event: Payload<'userEvent'>], void>(['event'], 'userEvent')),

    /**
     * Asked when an agent of the LAN pool put a question to all: the first Buffer returned, of at most 1 KiB with its
     * envelope, is this agent's answer; without one it stays silent. A throw is reported and answers nothing.
     */
    clusterQuery: decider(
      new SyncBailHook<[query: Payload<'clusterQuery'>], Buffer | undefined>(['query'], 'clusterQuery'),
    ),

    /** Asked once at start: what tags does this agent show the others? Each tap returns the tags with its own added. */
    memberTags: starter(new SyncWaterfallHook<[tags: Record<string, string>]>(['tags'], 'memberTags')),

    /** Called when the HTTP server builds its table; each feature adds its routes. A throw stops the start. */
    httpRoutes: starter(new SyncHook<[routes: Payload<'routeTable'>], void>(['routes'], 'httpRoutes')),

    /**
     * Called once, before the first call: each feature adds its methods of the server port (protocol/servers.md §6). A
     * throw stops the start.
     */
    rpcMethods: starter(new SyncHook<[methods: Payload<'methodTable'>], void>(['methods'], 'rpcMethods')),

    /**
     * Asked for a name below our domain, by its kind: the label that says what is looked up (`service`, `node`,
     * `query`, `addr`, or a word of your own). The first answer returned wins; when nobody answers the name does not
     * exist. A throw is answered SERVFAIL.
     */
    dnsZone: new HookMap((kind: string) =>
      decider(
        new AsyncSeriesBailHook<[question: Payload<'dnsQuestion'>], Payload<'dnsAnswer'> | undefined>(
          ['question'],
          `dnsZone.${kind}`,
        ),
      ),
    ),

    /**
     * Asked when a check is registered: what is one attempt? One hook per type: `http`, `tcp`, `script`, or a word of
     * your own. The first probe returned wins; when nobody answers, the registration is refused, so a misspelt type
     * shows when it is written, not when it runs. A throw refuses the registration with its message.
     */
    checkType: new HookMap((type: string) =>
      decider(
        new SyncBailHook<[check: Payload<'checkDefinition'>], Payload<'checkProbe'> | undefined>(
          ['check'],
          `checkType.${type}`,
        ),
      ),
    ),

    /** Told when a check of this agent settled on a status or an output that differs from before. Observers. */
    checkSettled: observer(new SyncHook<[outcome: Payload<'checkOutcome'>], void>(['outcome'], 'checkSettled')),

    /**
     * Asked before this agent accepts a service or check registration: each tap returns it, possibly changed. Throw a
     * ProconsulError to refuse it.
     */
    registering: decider(
      new SyncWaterfallHook<[registration: Payload<'registration'>]>(['registration'], 'registering'),
    ),

    /** Told after this agent accepted or removed a service or check. Observers. */
    registered: observer(new SyncHook<[change: Payload<'registrationChange'>], void>(['change'], 'registered')),

    /** Told of every fault: a tap or a background task that threw. Observers; a throw in here is only logged. */
    fault: observer(new SyncHook<[fault: Fault], void>(['fault'], 'fault')),

    /** Told of every log record at or above the agent's level. Observers; keep it quick and log nothing in here. */
    log: observer(new SyncHook<[record: LogRecord], void>(['record'], 'log')),
  }
}

export type Hooks = ReturnType<typeof createHooks>

/** Something threw where nobody waited for it. */
export interface Fault {
  readonly plugin: string
  /** The hook or the task it happened in. */
  readonly where: string
  readonly error: unknown
}
