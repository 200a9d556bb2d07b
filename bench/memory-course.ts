/** Memory of processes in the course of a long run: what tells one that grows from one that is busy. */
export class MemoryCourse {
  readonly #samples = new Map<number, { readonly name: string; readonly mib: number[] }>()

  add(pid: number, name: string, mib: number): void {
    const held = this.#samples.get(pid)
    if (held === undefined) this.#samples.set(pid, { name, mib: [mib] })
    else held.mib.push(mib)
  }

  /** Of each process that ran long enough to judge: by how many MiB its last third lies above the one before. */
  grown(samplesMin: number): { readonly name: string; readonly mib: readonly number[]; readonly grownMib: number }[] {
    return [...this.#samples.values()]
      .filter(({ mib }) => mib.length >= samplesMin)
      .map(({ name, mib }) => {
        const third = Math.floor(mib.length / 3)
        // Garbage comes and goes: what is always there is in the least of the samples.
        const grownMib = Math.min(...mib.slice(-third)) - Math.min(...mib.slice(third, -third))
        return { name, mib, grownMib }
      })
  }
}
