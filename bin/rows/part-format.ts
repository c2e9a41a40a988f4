import { ParquetEncoder } from '../../lambda/parquet/encoder';
import type { StructField } from '../../lambda/parquet/schema';
import type { RowColumn, RowSlice } from './rows';
import { cellText, jsonText, orNull, type ValueText } from './value-text';

/** How a part of an output is encoded. */
export interface PartFormat {
  readonly kind: 'csv' | 'json lines' | 'parquet';
  readonly open: (columns: readonly RowColumn[]) => PartEncoder;
}

/** Makes the bytes of a part. */
export interface PartEncoder {
  /**
   * Adds rows. The values of each column are null or undefined where a row has none.
   * @param texts for CSV, the first cells of each row as text; `values` are then the other columns
   */
  append(values: RowSlice['columns'], rowCount: number, texts?: readonly string[]): void;
  finish(): Uint8Array;
}

/** CSV by RFC 4180. Null is an empty cell, and the empty string is `""`. A part has no header. */
export const CSV: PartFormat = {
  kind: 'csv',
  open(columns) {
    const cells = columns.map(({ type }) => cellText(type));
    return new LinesEncoder((values, row, start) => {
      let line = start ?? cellOf(cells[0]!, values[0]![row]);
      const first = columns.length - values.length;
      for (let i = start === undefined ? 1 : 0; i < values.length; i++) line += `,${cellOf(cells[first + i]!, values[i]![row])}`;
      return line;
    });
  },
};

/** JSON Lines: an object on each line. */
export const JSON_LINES: PartFormat = {
  kind: 'json lines',
  open(columns) {
    const members = columns.map(({ name, type }) => ({ label: JSON.stringify(name), text: orNull(jsonText(type)) }));
    return new LinesEncoder((values, row) => `{${members.map(({ label, text }, i) => `${label}:${text(values[i]![row])}`).join(',')}}`);
  },
};

/** Parquet: each part is a whole file. */
export const PARQUET: PartFormat = {
  kind: 'parquet',
  open(columns) {
    const encoder = new ParquetEncoder(columns.map(fieldOf));
    return {
      append: (values, rowCount) =>
        encoder.append(
          values,
          Array.from({ length: rowCount }, (_, row) => row),
        ),
      finish: () => encoder.finish(),
    };
  },
};

/** The formats by their kinds. */
export const PART_FORMATS: Record<PartFormat['kind'], PartFormat> = { csv: CSV, 'json lines': JSON_LINES, parquet: PARQUET };

class LinesEncoder implements PartEncoder {
  private readonly texts: Buffer[] = [];

  constructor(private readonly line: (values: RowSlice['columns'], row: number, start?: string) => string) {}

  public append(values: RowSlice['columns'], rowCount: number, starts?: readonly string[]): void {
    let text = '';
    for (let row = 0; row < rowCount; row++) text += `${this.line(values, row, starts?.[row])}\n`;
    this.texts.push(Buffer.from(text));
  }

  public finish(): Uint8Array {
    return Buffer.concat(this.texts);
  }
}

/** Makes the field of a Delta Lake table or Parquet file that holds a column. */
export function fieldOf({ name, type }: RowColumn): StructField {
  return { name, type, nullable: true, physicalName: name, fieldId: undefined };
}

/** The header of a CSV file. */
export function csvHeader(columns: readonly RowColumn[]): Uint8Array {
  return Buffer.from(`${columns.map(({ name }) => csvCell(name)).join(',')}\n`);
}

function cellOf(text: ValueText, value: unknown): string {
  return value === null || value === undefined ? '' : csvCell(text(value));
}

/** Writes a text as a cell, in quotes if it needs them; the empty string is `""`. */
export function csvCell(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
