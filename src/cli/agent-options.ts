import type { OptionDeclarations } from '../kernel/options.ts'

/** What concerns the process and none of its plugins. */
export const agentOptions = {
  logLevel: {
    type: 'text',
    key: 'log_level',
    flag: 'log-level',
    default: 'INFO',
    devDefault: 'DEBUG',
    help: 'Least serious records that are logged: TRACE, DEBUG, INFO, WARN or ERR.',
    reloadable: true,
  },
  logJson: {
    type: 'boolean',
    key: 'log_json',
    flag: 'log-json',
    default: false,
    help: 'Log JSON lines in place of text.',
  },
  pidFile: {
    type: 'path',
    key: 'pid_file',
    flag: 'pid-file',
    help: 'File that holds the process id while the agent runs.',
    example: '"/run/proconsul.pid"',
  },
  leaveOnTerminate: {
    type: 'boolean',
    key: 'leave_on_terminate',
    help: 'Leave the cluster when a SIGTERM ends the agent; left out, clients do and servers do not.',
    example: 'true',
  },
  skipLeaveOnInterrupt: {
    type: 'boolean',
    key: 'skip_leave_on_interrupt',
    help: 'Do not leave the cluster when a SIGINT ends the agent; left out, servers skip it and clients leave.',
    example: 'true',
  },
} as const satisfies OptionDeclarations

/** The agent as an owner of options, beside its plugins. */
export const agentOwner = { name: 'agent', options: agentOptions } as const
