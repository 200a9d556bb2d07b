import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type ProcessOptions, proconsul, run } from './agent-process.ts'

/** A small filesystem of its own, seen only by what is started on it. */
export interface TinyDisk {
  /** The same path for every process on the disk; for all others an empty folder. */
  readonly path: string
  /** How to start a program on the disk: `new AgentProcess([...args, 'agent', …], options)`. */
  readonly command: string
  readonly args: readonly string[]
  /** Runs a program on the disk to its end; throws when it fails. */
  run(program: string, ...args: string[]): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Mounts a tmpfs on `path` in a mount namespace that a waiting process holds: nothing of it is left when that one ends,
 * however the test ended. Undefined where the machine permits no mounts, as many containers do.
 */
export async function tinyDisk(path: string, sizeBytes: number): Promise<TinyDisk | undefined> {
  const asRoot = process.getuid?.() === 0
  const script = `mount -t tmpfs -o size=${sizeBytes} none "$0" && echo mounted && exec cat`
  const holder = spawn('unshare', [asRoot ? '-m' : '-rm', 'sh', '-c', script, path], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = new Promise<void>((resolve) => {
    holder.once('close', () => resolve())
    holder.once('error', () => resolve()) // there is no unshare on this machine
  })
  const answer = await Promise.race([once(holder.stdout, 'data'), ended])
  if (String(answer).trim() !== 'mounted') return undefined

  const inside = asRoot ? ['-m'] : ['-U', '--preserve-credentials', '-m']
  const args = ['-t', String(holder.pid), ...inside, '--']
  return {
    path,
    command: 'nsenter',
    args: [...args, proconsul],
    async run(program, ...more) {
      const options: ProcessOptions = { command: 'nsenter' }
      const { code, output } = await run([...args, program, ...more], options)
      if (code !== 0) throw new Error(`${program} ended with ${code}: ${output}`)
    },
    async [Symbol.asyncDispose]() {
      holder.stdin.end()
      await ended
    },
  }
}
