import { ParquetEncoder } from '../../lambda/offline/parquet-encoder';
import type { DeltaType, StructField } from '../../lambda/offline/schema';
import { cellText, jsonText } from './value-text';

/** A column of an output. */
export interface OutputColumn {
  readonly name: string;
  readonly type: DeltaType;
}

/** How the rows of a part are kept: as a piece of the output, which the pieces one after another make. */
export interface PartFormat {
  readonly kind: 'csv' | 'json lines' | 'parquet';
  /** @param values of each column, in the order of the columns; null or undefined where there is none */
  readonly encode: (columns: readonly OutputColumn[], values: readonly (readonly unknown[])[], rowCount: number) => Uint8Array;
}

/** CSV as RFC 4180 has it: null is an empty cell, the empty string `""`. A part has no header. */
export const CSV: PartFormat = {
  kind: 'csv',
  encode(columns, values, rowCount) {
    const cells = columns.map(({ type }, i) => cellsOf(cellText(type), values[i]!, rowCount));
    return bytesOf(rowCount, (row) => cells.map((column) => column(row)).join(','));
  },
};

/** An object a line. */
export const JSON_LINES: PartFormat = {
  kind: 'json lines',
  encode(columns, values, rowCount) {
    const members = columns.map(({ name, type }, i) => {
      const [label, text, own] = [JSON.stringify(name), jsonText(type), values[i]!];
      return (row: number) => `${label}:${isMissing(own[row]) ? 'null' : text(own[row])}`;
    });
    return bytesOf(rowCount, (row) => `{${members.map((member) => member(row)).join(',')}}`);
  },
};

/** A Parquet file of its own. */
export const PARQUET: PartFormat = {
  kind: 'parquet',
  encode(columns, values, rowCount) {
    const encoder = new ParquetEncoder(columns.map(fieldOf));
    encoder.append(
      values,
      Array.from({ length: rowCount }, (_, row) => row),
    );
    return encoder.finish();
  },
};

/** A column as a field of a Delta table, or of a Parquet file. */
export function fieldOf({ name, type }: OutputColumn): StructField {
  return { name, type, nullable: true, physicalName: name, fieldId: undefined };
}

/** The header of a CSV file. */
export function csvHeader(columns: readonly OutputColumn[]): Uint8Array {
  return Buffer.from(`${columns.map(({ name }) => quoted(name)).join(',')}\n`);
}

function cellsOf(text: (value: unknown) => string, values: readonly unknown[], rowCount: number): (row: number) => string {
  if (values.length !== rowCount) throw new Error(`expected ${rowCount} values, got: ${values.length}`);
  return (row) => (isMissing(values[row]) ? '' : quoted(text(values[row])));
}

function quoted(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined;
}

function bytesOf(rowCount: number, line: (row: number) => string): Uint8Array {
  return Buffer.from(Array.from({ length: rowCount }, (_, row) => `${line(row)}\n`).join(''));
}
