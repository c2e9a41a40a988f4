import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { divideText } from './file-text';
import { inferredValue, type InferredColumn } from './infer-types';
import type { Rows, TextRange } from './rows';
import type { TextFormat } from './text-format';

/** How much text a piece has. */
const PIECE_BYTES = 4 << 20;

/** The rows of a text file. */
export function textRows(path: string, format: TextFormat, columns: readonly InferredColumn[]): Rows {
  const names = columns.map(({ name }) => name);
  return {
    name: basename(path),
    unit: 'line',
    size: statSync(path).size,
    columns: columns.map(({ name, type }) => ({ name, type, value: inferredValue(type, format) })),
    unreadable: [],
    nanosecondColumns: [],
    select: (some) => textRows(path, format, columns.filter(({ name }) => some.includes(name))), // prettier-ignore
    pieces: async () => (await divideText(path, format.kind === 'csv', PIECE_BYTES)).map((at) => ({ bytes: at.end - at.start, at })),
    slices: (read, piece) => format.slices(path, names, read, piece?.at as TextRange | undefined),
    valueReader: (_, type, read) => format.valueReader(type, read),
  };
}
