import { ParquetEncoder } from '../../lambda/parquet/encoder';
import type { FieldType, StructField } from '../../lambda/parquet/schema';
import { cellText, jsonText, orNull, type ValueText } from './value-text';

/** A column of an output. */
export interface OutputColumn {
  readonly name: string;
  readonly type: FieldType;
}

/** How the rows of a part are kept: as a piece of the output, which the pieces one after another make. */
export interface PartFormat {
  readonly kind: 'csv' | 'json lines' | 'parquet';
  readonly begin: (columns: readonly OutputColumn[]) => PartEncoder;
}

/** Makes the bytes of a part. */
export interface PartEncoder {
  /**
   * Takes rows, given by column in their order; null or undefined where there is no value.
   * @param texts for CSV, the cells of the first columns as they stand in such a file: `values` are then those of the others
   */
  append(values: readonly (readonly unknown[])[], rowCount: number, texts?: readonly string[]): void;
  finish(): Uint8Array;
}

/** CSV as RFC 4180 has it: null is an empty cell, the empty string `""`. A part has no header. */
export const CSV: PartFormat = {
  kind: 'csv',
  begin(columns) {
    const cells = columns.map(({ type }) => cellText(type));
    return new LinesEncoder((values, row, begun) => {
      let line = begun ?? cellOf(cells[0]!, values[0]![row]);
      const first = columns.length - values.length;
      for (let i = begun === undefined ? 1 : 0; i < values.length; i++) line += `,${cellOf(cells[first + i]!, values[i]![row])}`;
      return line;
    });
  },
};

/** An object a line. */
export const JSON_LINES: PartFormat = {
  kind: 'json lines',
  begin(columns) {
    const members = columns.map(({ name, type }) => ({ label: JSON.stringify(name), text: orNull(jsonText(type)) }));
    return new LinesEncoder((values, row) => `{${members.map(({ label, text }, i) => `${label}:${text(values[i]![row])}`).join(',')}}`);
  },
};

/** A Parquet file of its own. */
export const PARQUET: PartFormat = {
  kind: 'parquet',
  begin(columns) {
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

  constructor(private readonly line: (values: readonly (readonly unknown[])[], row: number, begun?: string) => string) {}

  public append(values: readonly (readonly unknown[])[], rowCount: number, begun?: readonly string[]): void {
    let text = '';
    for (let row = 0; row < rowCount; row++) text += `${this.line(values, row, begun?.[row])}\n`;
    this.texts.push(Buffer.from(text));
  }

  public finish(): Uint8Array {
    return Buffer.concat(this.texts);
  }
}

/** A column as a field of a Delta table, or of a Parquet file. */
export function fieldOf({ name, type }: OutputColumn): StructField {
  return { name, type, nullable: true, physicalName: name, fieldId: undefined };
}

/** The header of a CSV file. */
export function csvHeader(columns: readonly OutputColumn[]): Uint8Array {
  return Buffer.from(`${columns.map(({ name }) => quoted(name)).join(',')}\n`);
}

function cellOf(text: ValueText, value: unknown): string {
  return value === null || value === undefined ? '' : quoted(text(value));
}

function quoted(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
