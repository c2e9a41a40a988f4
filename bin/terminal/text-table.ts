/**
 * Writes cells as aligned columns, with two blanks between them.
 * @param header the first line; number columns are aligned to the right
 */
export function textTable(header: readonly TableColumn[], rows: readonly (readonly string[])[]): string {
  const lines = [header.map(({ name }) => name), ...rows];
  const widths = header.map((_, i) => Math.max(...lines.map((cells) => cells[i]!.length)));
  return lines
    .map((cells) =>
      cells
        .map((cell, i) => (header[i]!.isNumber ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A column of a text table. */
export interface TableColumn {
  readonly name: string;
  readonly isNumber?: boolean;
}
