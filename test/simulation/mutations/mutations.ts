/** One way to break the core: a piece of its source and what stands there instead. */
export interface Mutation {
  /** What the broken core does, completing "a core that …". */
  readonly name: string
  /** In plugins/raft/core. */
  readonly file: string
  /** Must stand in the file exactly once. */
  readonly find: string
  readonly replace: string
}

/** Every rule that the safety of Raft rests on, broken once. */
export const mutations: readonly Mutation[] = [
  {
    name: 'votes for several candidates in one term',
    file: 'vote.ts',
    find: "  if (votedFor !== undefined && votedFor !== asked.candidate) return { granted: false, reason: 'voted already' }\n",
    replace: '',
  },
  {
    name: 'votes for candidates whose log is behind',
    file: 'vote.ts',
    find: 'function isBehind(candidate: LogEnd, own: LogEnd): boolean {\n',
    replace: 'function isBehind(candidate: LogEnd, own: LogEnd): boolean {\n  if (own.lastIndex >= 0) return false\n',
  },
  {
    name: 'persists no votes but those for itself',
    file: 'raft-core.ts',
    find: '{ term: state.term, votedFor: state.votedFor }',
    replace: '{ term: state.term, votedFor: state.votedFor === state.config.id ? state.votedFor : undefined }',
  },
  {
    name: 'counts nonvoters for majorities',
    file: 'configuration.ts',
    find: "return servers.filter((server) => server.suffrage === 'voter').map((server) => server.id)",
    replace: 'return servers.map((server) => server.id)',
  },
  {
    name: 'compares logs by length alone',
    file: 'vote.ts',
    find: '  if (candidate.lastTerm !== own.lastTerm) return candidate.lastTerm < own.lastTerm\n',
    replace: '',
  },
  {
    name: 'compares logs by their last term alone',
    file: 'vote.ts',
    find: '  return candidate.lastIndex < own.lastIndex\n',
    replace: '  return false\n',
  },
  {
    name: 'divides a write though it has promised all of it',
    file: 'raft-core.ts',
    find: "state.role === 'leader' && state.messages.length === 0",
    replace: 'true',
  },
  {
    name: 'takes a divided write for the whole',
    file: 'log-window.ts',
    find: 'this.#writingTo = this.#unwrittenFrom + entries.length - 1',
    replace: 'this.#writingTo = this.#lastIndex',
  },
  {
    name: 'answers a vote before it is durable',
    file: 'election.ts',
    find: '  state.messages.push(reply)\n',
    replace: '  state.prompt.push(reply)\n',
  },
  {
    name: 'counts votes of earlier terms',
    file: 'election.ts',
    find: "state.role === 'candidate' && message.term === state.term) {",
    replace: "state.role === 'candidate') {",
  },
  {
    name: 'begins its term without an entry of its own',
    file: 'election.ts',
    find: '  appendOwn(state, { type: entryType.noop, data: null, extensions: null, appendedAtMs: state.wallMs })\n',
    replace: '',
  },
  {
    name: 'forgets its vote whenever it follows',
    file: 'state.ts',
    find: '    if (term === this.term) return\n',
    replace: '',
  },
  {
    name: 'takes entries from leaders of the past',
    file: 'append.ts',
    find: '  if (message.term < state.term) return void reply(false, log.lastIndex)\n',
    replace: '',
  },
  {
    name: 'does not look at the entry before those it is sent',
    file: 'append.ts',
    find: '  if (prevIndex > state.commitIndex && termThere !== prevTerm) {',
    replace: '  if (false as boolean) {',
  },
  {
    name: 'keeps entries that its leader contradicts',
    file: 'append.ts',
    find: '      if (log.termAt(entry.index) === entry.term) continue\n',
    replace: '      continue\n',
  },
  {
    name: 'commits what the message that told it does not vouch for',
    file: 'append.ts',
    find: 'Math.min(message.commitIndex, vouched)',
    replace: 'Math.min(message.commitIndex, log.lastIndex)',
  },
  {
    name: 'acknowledges entries before they are durable',
    file: 'append.ts',
    find: "    state.messages.push({\n      type: 'appendReply',",
    replace: "    state.prompt.push({\n      type: 'appendReply',",
  },
  {
    name: 'takes a refusal for an acknowledgement',
    file: 'acknowledgements.ts',
    find: '  if (!message.success) {',
    replace: '  if (!message.success && upTo === 0) {',
  },
  {
    name: 'commits entries of earlier terms by counting',
    file: 'commit.ts',
    find: '  if (index <= state.commitIndex || state.log.termAt(index) !== state.term) return\n',
    replace: '  if (index <= state.commitIndex) return\n',
  },
  {
    name: 'counts its own entries before they are durable',
    file: 'commit.ts',
    find: 'id === state.config.id ? state.log.durableIndex :',
    replace: 'id === state.config.id ? state.log.lastIndex :',
  },
  {
    name: 'follows a refusal no further back than to where it was',
    file: 'acknowledgements.ts',
    find: '  const beyond = Math.min(echo.prevIndex, lastIndex + 1)\n',
    replace:
      '  if (echo.prevIndex > 0) return echo.prevIndex + 1\n  const beyond = Math.min(echo.prevIndex, lastIndex + 1)\n',
  },
  {
    name: 'does not notice memberships in entries it is sent',
    file: 'append.ts',
    find: 'entry.type === entryType.configuration ? decodeConfiguration(entry.data!) : undefined',
    replace: 'undefined',
  },
  {
    name: 'takes half of the voters for a majority',
    file: 'quorum.ts',
    find: '  return Math.floor(voters / 2) + 1\n',
    replace: '  return Math.max(1, Math.floor(voters / 2))\n',
  },
  {
    name: 'applies what is committed but not durable here',
    file: 'raft-core.ts',
    find: '    return Math.min(this.#state.commitIndex, this.#state.log.durableIndex)\n',
    replace: '    return this.#state.commitIndex\n',
  },
  {
    name: 'changes membership again before the last change is committed',
    file: 'membership.ts',
    find: ' || state.configuration.index > state.commitIndex) {',
    replace: ') {',
  },
  {
    name: 'keeps a membership whose entry was replaced',
    file: 'state.ts',
    find: '    this.configurations = this.configurations.filter((configuration) => configuration.index < index)\n',
    replace: '',
  },
  {
    name: 'keeps its log beside a snapshot that contradicts it',
    file: 'install.ts',
    find: '    if (state.log.termAt(snapshot.index) !== snapshot.term) {',
    replace: '    if (state.log.lastIndex < snapshot.index) {',
  },
  {
    name: 'takes snapshots from leaders of the past',
    file: 'install.ts',
    find: '  if (message.term < state.term) return void reply(false)\n',
    replace: '',
  },
  {
    name: 'applies while a snapshot is being installed',
    file: 'raft-core.ts',
    find: '    if (this.#state.installing !== undefined) return 0\n',
    replace: '',
  },
  {
    name: 'takes entries for durable that came in during the write',
    file: 'log-window.ts',
    find: '    this.#durableIndex = Math.max(this.#durableIndex, this.#writingTo)\n',
    replace: '    this.#durableIndex = this.#lastIndex\n',
  },
  {
    name: 'takes replaced entries for durable still',
    file: 'log-window.ts',
    find: '    this.#durableIndex = Math.min(this.#durableIndex, index - 1)\n',
    replace: '',
  },
  {
    name: 'does not tell its store of entries that were replaced',
    file: 'log-window.ts',
    find: '      this.#truncateFrom = Math.min(this.#truncateFrom ?? index, index)\n',
    replace: '',
  },
  {
    name: 'names its own term as that of a snapshot it sends',
    file: 'replication.ts',
    find: '      term: log.snapshotTerm,\n',
    replace: '      term: state.term,\n',
  },
  {
    name: 'waits for more entries though the follower has nothing to answer',
    file: 'replication.ts',
    find: 'return follower.isAnswering && !follower.isAwaited',
    replace: 'return !follower.isAwaited',
  },
  {
    name: 'answers reads without asking whether it still leads',
    file: 'read-index.ts',
    find: ' || read.round > confirmed) return true',
    replace: ') return true',
  },
  {
    name: 'answers reads before its term has committed anything',
    file: 'read-index.ts',
    find: '  const known = state.commitIndex >= state.termStartIndex\n',
    replace: '  const known = true\n',
  },
]

/** Every rule that reads by lease rest on, broken once. */
export const leaseMutations: readonly Mutation[] = [
  {
    name: 'reads by lease after it asked another to take over',
    file: 'transfer.ts',
    find: '  state.handedOver = true\n',
    replace: '',
  },
  {
    name: 'takes part in elections as soon as it is started',
    file: 'state.ts',
    find: 'this.wasAlwaysAlone ? nowMs : nowMs + this.promiseMs',
    replace: 'nowMs',
  },
  {
    name: 'votes against a leader that it promised to stand by',
    file: 'vote.ts',
    find: '  return own.promised || (own',
    replace: '  return (own',
  },
  {
    name: 'promises nothing when it hears a leader',
    file: 'state.ts',
    find: '    this.promisedUntilMs = this.nowMs + this.promiseMs\n    this.electionAtMs',
    replace: '    this.electionAtMs',
  },
  {
    name: 'promises no longer than a lease lasts by its own clock',
    file: 'state.ts',
    find: '    return this.config.readLeaseMs * clockRatioMax\n',
    replace: '    return this.config.readLeaseMs\n',
  },
  {
    name: 'counts its lease from when it was answered',
    file: 'acknowledgements.ts',
    find: 'follower.promisedAtMs = Math.max(follower.promisedAtMs, echo.sentAtMs)',
    replace: 'follower.promisedAtMs = state.nowMs',
  },
  {
    name: 'reads by lease as long as it believes that it leads',
    file: 'lease.ts',
    find: 'return reachedByMajority(promised) + state.config.readLeaseMs',
    replace: 'return Math.max(...promised)',
  },
  {
    name: 'takes a late refusal for the word of a follower that lost its log',
    file: 'acknowledgements.ts',
    find: ' && follower.probes(echo)',
    replace: '',
  },
]

/** A mistake that the core did make, and a seed on which it shows. */
export interface Regression extends Mutation {
  readonly seed: number
}

export const regressions: readonly Regression[] = [
  {
    name: 'takes the answer to entries for one to the commit it was told of later',
    seed: 8396,
    file: 'progress.ts',
    find: ' || request.sentAtMs > sentAtMs)',
    replace: ')',
  },
  {
    name: 'takes the refusal of what it asked before a restart for the confirmation of a read',
    seed: 6307,
    file: 'acknowledgements.ts',
    find: 'state.leaderSinceMs) return',
    replace: 'state.leaderSinceMs && echo.round <= follower.round) return',
  },
]
