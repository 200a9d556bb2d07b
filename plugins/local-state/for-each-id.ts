/** More at once would only wait for the log, which takes many entries in one write. */
const atOnceMax = 64

/**
 * Takes every id out of the set and does `work` for it, several at a time. Returns the failures.
 */
export async function forEachId(ids: Set<string>, work: (id: string) => Promise<void>): Promise<unknown[]> {
  const left = [...ids]
  ids.clear()
  const failures: unknown[] = []
  const worker = async () => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      try {
        await work(id)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  left.reverse()
  await Promise.all(Array.from({ length: Math.min(atOnceMax, left.length) }, worker))
  return failures
}
