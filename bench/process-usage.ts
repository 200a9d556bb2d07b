import { readFileSync } from 'node:fs'

/** Linux reports CPU time in hundredths of a second, whatever the kernel's own tick is. */
const ticksPerSecond = 100

/** User and system time of a process with all its threads; undefined where there is no /proc. */
export function cpuSeconds(pid: number): number | undefined {
  const stat = readProc(`${pid}/stat`)
  // The name in the second field may hold blanks and parentheses: count from its last parenthesis.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields && (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** Resident memory of a process in bytes; undefined where there is no /proc. */
export function residentBytes(pid: number): number | undefined {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readProc(`${pid}/status`) ?? '')?.[1]
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
}

/** CPU time of everything on the machine, in seconds; undefined where there is no /proc. */
export function machineCpuSeconds(): number | undefined {
  // cpu user nice system idle iowait irq softirq steal …
  const fields = readProc('stat')?.split('\n', 1)[0]?.split(/\s+/).slice(1, 9).map(Number)
  return fields && fields.reduce((sum, ticks, at) => (at === 3 || at === 4 ? sum : sum + ticks), 0) / ticksPerSecond
}

function readProc(file: string): string | undefined {
  try {
    return readFileSync(`/proc/${file}`, 'utf8')
  } catch {
    return undefined
  }
}
