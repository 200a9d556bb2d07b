/**
 * How the file gives space back. Dropped entries and snapshots leave free pages inside the file, which the next writes use
 * first. Only what is free far beyond that goes back to the filesystem, since shrinking moves pages and so costs writes.
 */

/** Free pages that are kept for the next writes: a tenth of the file, at least 4 MiB of 4-KiB pages. */
export function pagesToGiveBack(pages: number, freePages: number): number {
  const kept = Math.max(1024, Math.floor((pages - freePages) / 10))
  return freePages > 2 * kept ? freePages - kept : 0
}

/** Entries, pages and snapshot chunks that one transaction drops or gives back: appends wait for it, so it takes a few milliseconds. */
export const sliceEntries = 500
export const slicePages = 256
export const sliceChunks = 16

/** The WAL is copied into the file when it has this many pages (16 MiB), and cut back to this size after a burst. */
export const walPages = 4096
export const walBytesMax = 64 * 2 ** 20
