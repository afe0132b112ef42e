/** Levenshtein distance of two short strings. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(
        Math.min(
          (next[j - 1] ?? 0) + 1,
          (row[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
        ),
      )
    row = next
  }
  return row[b.length] ?? 0
}

/** The known name that a misspelt one most likely meant; undefined when none is near. Rate: per refusal. */
export function nearest(value: string, known: Iterable<string>): string | undefined {
  if (value.length > 64) return undefined
  let best: string | undefined
  let least = Math.max(2, Math.floor(value.length / 3)) + 1
  for (const name of known) {
    const d = distance(value.toLowerCase(), name.toLowerCase())
    if (d < least) [best, least] = [name, d]
  }
  return best
}
