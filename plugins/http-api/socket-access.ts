import { readFileSync } from 'node:fs'
import { chmod, chown } from 'node:fs/promises'
import { ConfigError } from '../../src/kernel/errors.ts'

/** What `unix_sockets` says. */
export interface SocketAccessOptions {
  readonly socketUser: string | undefined
  readonly socketGroup: string | undefined
  readonly socketMode: string | undefined
}

/** Who may connect to the sockets that HTTP is served on. */
export interface SocketAccess {
  /** Gives a socket that was just made its owner and permissions. @throws ConfigError where this user may not */
  applyTo(path: string): Promise<void>
}

/** Reads the options. @throws ConfigError for a user, group or mode there is not */
export function readSocketAccess({ socketUser, socketGroup, socketMode }: SocketAccessOptions): SocketAccess {
  // -1 leaves that of the file as it is.
  const user = idOf('user', socketUser, '/etc/passwd')
  const group = idOf('group', socketGroup, '/etc/group')
  const mode = modeOf(socketMode)
  return {
    async applyTo(path) {
      try {
        if (user >= 0 || group >= 0) await chown(path, user, group)
        if (mode !== undefined) await chmod(path, mode)
      } catch (cause) {
        throw new ConfigError(
          `unix_sockets: the socket ${path} cannot be given its owner or permissions: ${(cause as Error).message}; ` +
            'run the agent as a user that may, or correct unix_sockets',
          { cause },
        )
      }
    },
  }
}

function idOf(what: 'user' | 'group', wanted: string | undefined, file: string): number {
  if (wanted === undefined || wanted === '') return -1
  if (/^\d{1,10}$/.test(wanted)) return Number(wanted)
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${wanted}:`))
  const id = line?.split(':')[2] ?? ''
  if (/^\d{1,10}$/.test(id)) return Number(id)
  throw new ConfigError(
    `unix_sockets.${what}: invalid ${what} specified: ${wanted} is not in ${file}; write its number`,
  )
}

function modeOf(octal: string | undefined): number | undefined {
  if (octal === undefined || octal === '') return undefined
  if (!/^[0-7]{1,4}$/.test(octal)) {
    throw new ConfigError(`unix_sockets.mode: invalid mode specified: ${octal}; write octal digits such as "0660"`)
  }
  return Number.parseInt(octal, 8)
}
