import { basename, extname } from 'node:path';
import { statSync } from 'node:fs';
import type { ColumnSpec } from '../../lib/spec/data-types';
import type { TextRange } from '../load/file-text';
import { csvFile } from '../load/csv-file';
import { jsonLinesFile } from '../load/json-lines-file';
import type { TextFile } from '../load/text-batch';
import { textRanges } from '../load/text-ranges';
import { UserError } from '../user-error';
import { inferredValue, type InferredColumn } from './infer-types';
import type { InputSlice, RowsInput } from './rows-input';

/** How much text a piece has. */
const PIECE_BYTES = 4 << 20;

/** Rows in a file of text. */
export function textInput(path: string, columns: readonly InferredColumn[]): RowsInput {
  const name = basename(path);
  const isCsv = isCsvFile(path);
  const file = isCsv ? csvFile(path) : jsonLinesFile(path);
  const asked = columns.map((column): ColumnSpec => ({ name: column.name, type: 'string' }));
  return {
    name,
    unit: file.unit,
    size: statSync(path).size,
    columns: columns.map(({ name: column, type }) => ({ name: column, type, value: inferredValue(type, file) })),
    pieces: async () => (await textRanges(path, isCsv, PIECE_BYTES)).map((at) => ({ bytes: at.end - at.start, at })),
    slices: (read, piece) => slices(name, file, asked, read, piece?.at as TextRange | undefined),
    cellReader: (_, type, read) => file.valueReader(type, read),
  };
}

async function* slices(
  name: string,
  file: TextFile,
  columns: readonly ColumnSpec[],
  read: (bytes: number) => void,
  range: TextRange | undefined,
): AsyncGenerator<InputSlice> {
  for await (const batch of file.batches(columns, read, range)) {
    const last = batch.refused.find(({ isLast }) => isLast);
    // where the next row begins nobody can tell: to answer some of the rows would hide that others are missing
    if (last !== undefined) throw new UserError(`${name}:${last.line}: expected ${last.expected}, got: ${last.got}`);
    yield batch;
  }
}

/** Whether a file of text is CSV, and no JSON Lines. */
export function isCsvFile(path: string): boolean {
  return extname(path).toLowerCase() === '.csv';
}
