/**
 * Trouble that is expected in operation: bad input, a missing leader, a port in use. Carries a stable `code` for
 * programs, the HTTP `status` Consul would answer with, and a sentence that says what is wrong and what to do next.
 * Anything else that is thrown is a bug.
 */
export class ProconsulError extends Error {
  /** Stable, lower-case and snake_case; `docs/errors.md` has a section for each. */
  readonly code: string = 'error'
  /** The HTTP status an API answer carries when this error ends a request. */
  readonly status: number = 500

  override get name(): string {
    return this.constructor.name
  }
}

/** A setting, flag or file the operator wrote cannot be used. The message names file, line, column and key when known. */
export class ConfigError extends ProconsulError {
  override readonly code: string = 'config'
  override readonly status = 400
}

/** The agent lives in a program that reads no configuration. */
export class ReloadUnavailableError extends ProconsulError {
  override readonly code = 'reload_unavailable'

  constructor() {
    super('this agent was started without configuration to read anew; restart it with other options')
  }
}

/** A bug in a plugin that ends the start of the agent. `where` is the hook, or `setup`; `cause` is what it threw. */
export class PluginFailedError extends Error {
  readonly plugin: string

  constructor(plugin: string, where: string, cause: unknown) {
    super(`plugin "${plugin}" failed in ${where}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.plugin = plugin
  }
}
