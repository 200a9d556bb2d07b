import { rmSync, writeFileSync } from 'node:fs'
import { ConfigError } from '../kernel/errors.ts'

/** Writes this process's id and returns what removes the file again. */
export function writePidFile(path: string): () => void {
  try {
    writeFileSync(path, `${process.pid}\n`)
  } catch (cause) {
    throw new ConfigError(`pid_file: ${path} cannot be written: ${(cause as Error).message}`, { cause })
  }
  return () => rmSync(path, { force: true })
}
