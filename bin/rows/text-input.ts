import { basename, extname } from 'node:path';
import { statSync } from 'node:fs';
import type { ColumnSpec } from '../../lib/contract/data-types';
import type { TextRange } from './file-text';
import { csvFile } from './csv-file';
import { jsonLinesFile } from './json-lines-file';
import { textRanges } from './text-ranges';
import { inferredValue, type InferredColumn } from './infer-types';
import type { RowsInput } from './rows-input';

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
    unreadable: [],
    pieces: async () => (await textRanges(path, isCsv, PIECE_BYTES)).map((at) => ({ bytes: at.end - at.start, at })),
    slices: (read, piece) => file.batches(asked, read, piece?.at as TextRange | undefined),
    cellReader: (_, type, read) => file.valueReader(type, read),
  };
}

/** Whether a file of text is CSV, and no JSON Lines. */
export function isCsvFile(path: string): boolean {
  return extname(path).toLowerCase() === '.csv';
}
