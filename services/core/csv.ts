/** One field of a table. */
export type Cell = string | number | null

/** A field of RFC 4180; what a spreadsheet would take for a formula is kept from being one. */
function field(value: Cell): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A table as text (RFC 4180, UTF-8 with a mark, for spreadsheets); its first row names the columns. */
export function csvOf(rows: readonly (readonly Cell[])[]): string {
  return `\uFEFF${rows.map((row) => row.map(field).join(',')).join('\r\n')}\r\n`
}
