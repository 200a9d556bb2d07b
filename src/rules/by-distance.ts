/**
 * Rows in the order of distance, those that are equally far as they were. Infinite distances come last. `distanceOf` is
 * asked once for each row.
 */
export function byDistance<Row>(rows: readonly Row[], distanceOf: (row: Row) => number): Row[] {
  const measured = rows.map((row) => ({ row, distance: distanceOf(row) }))
  return measured.sort((a, b) => (a.distance < b.distance ? -1 : a.distance > b.distance ? 1 : 0)).map(({ row }) => row)
}
