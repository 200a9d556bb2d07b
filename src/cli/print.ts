/** Rows as columns that line up, the first row as heading; `gap` blanks between columns, none behind the last. */
export function columns(rows: readonly (readonly string[])[], gap = 2): string {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, cell.length)
    })
  }
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at]!))
        .join(' '.repeat(gap))
        .trimEnd(),
    )
    .join('\n')
}

/** `1 B`, `3.4 KiB`, `12 MiB`: sizes as people compare them. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : Number(value.toFixed(1))} ${units[unit]}`
}

export function writeLine(text: string): void {
  process.stdout.write(`${text}\n`)
}

export function writeError(text: string): void {
  process.stderr.write(`${text}\n`)
}
