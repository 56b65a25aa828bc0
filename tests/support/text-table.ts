/** Text tables for terminals and Markdown pages: the first column to the left, numbers to the right. */

/** Lines of a table, its columns aligned. Readable as it is, and as Markdown. */
export function formatTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const all = [head, ...rows].map((row) => row.map(String))
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const isNumber = head.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => pad(cell, widths[column] ?? 0, isNumber[column])).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (isNumber[column] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`
  const [first = [], ...others] = all
  return [line(first), rule, ...others.map(line)]
}

function pad(cell: string, width: number, isNumber: boolean | undefined): string {
  return isNumber ? cell.padStart(width) : cell.padEnd(width)
}
