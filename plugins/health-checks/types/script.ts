import { spawn } from 'node:child_process'
import type { CheckDefinition, CheckStatus, Probe, ProbeResult } from '../contract.ts'
import { CheckDefinitionError } from '../errors.ts'
import { OutputTail } from '../output.ts'

const statusOfExit: Readonly<Record<number, CheckStatus>> = { 0: 'passing', 1: 'warning' }

/**
 * Runs a program: exit 0 is passing, 1 warning, everything else critical. Output and errors together are the check's
 * output. At the end of its time the program is killed together with all it started: it leads a process group of its own.
 */
export function scriptProbe(check: CheckDefinition): Probe {
  const [program, ...args] = check.args.ScriptArgs as readonly string[]
  if (!program) throw new CheckDefinitionError('ScriptArgs must name a program')
  return (signal) =>
    new Promise<ProbeResult>((resolve, reject) => {
      const child = spawn(program, args, {
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: scriptEnvironment(),
      })
      const output = new OutputTail(check.outputMaxBytes)
      child.stdout.on('data', (chunk: Buffer) => output.add(chunk))
      child.stderr.on('data', (chunk: Buffer) => output.add(chunk))
      const killGroup = () => {
        if (child.pid !== undefined) killQuietly(-child.pid)
        reject(signal.reason)
      }
      signal.addEventListener('abort', killGroup, { once: true })
      child.on('error', (error) => {
        signal.removeEventListener('abort', killGroup)
        reject(error)
      })
      child.once('close', (code) => {
        signal.removeEventListener('abort', killGroup)
        const status = statusOfExit[code ?? -1] ?? 'critical'
        const note = output.truncated ? `Captured ${check.outputMaxBytes} of ${output.totalBytes} bytes\n...\n` : ''
        resolve({ status, output: note + output.text(), bounded: true })
      })
    })
}

/** What this agent was started with, less what its launcher (bin/proconsul) added for the agent itself. */
function scriptEnvironment(): NodeJS.ProcessEnv {
  const { PROCONSUL_ENV: added = '', ...environment } = process.env
  for (const name of added.split(' ')) delete environment[name]
  return environment
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // It ended by itself in this very moment.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
