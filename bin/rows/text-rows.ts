// The rows of text files, whose columns get the types that their values have.
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { INT64 } from '../../lambda/protocols/read-value';
import { daysOf, microsecondsOf } from '../../lib/contract/calendar';
import { isInfinity } from './csv-file';
import { divideText } from './file-text';
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

/** The types that are tried for a column of a text file, in this order. If no type fits all cells, the column is a string. */
const TYPES = ['boolean', 'long', 'double', 'date', 'timestamp'] as const;

const WHOLE = /^-?(?:0|[1-9]\d{0,18})$/;
/** Without leading zeros: text with leading zeros is a code and not a number. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Whether a JSON value can be a value of a type. */
const IS_VALUE: Record<(typeof TYPES)[number], (cell: unknown) => boolean> = {
  boolean: (cell) => typeof cell === 'boolean',
  long: (cell) => Number.isSafeInteger(cell) || (typeof cell === 'bigint' && isInt64(cell)),
  double: (cell) => typeof cell === 'number' || typeof cell === 'bigint',
  date: (cell) => typeof cell === 'string' && daysOf(cell) !== undefined,
  timestamp: (cell) => typeof cell === 'string' && microsecondsOf(cell) !== undefined,
};

/** Whether the text of a CSV cell can be a value of a type. */
const IS_TEXT: typeof IS_VALUE = {
  ...IS_VALUE,
  boolean: (cell) => /^(?:true|false)$/i.test(cell as string),
  long: (cell) => WHOLE.test(cell as string) && isInt64(BigInt(cell as string)),
  double: (cell) => NUMBER.test(cell as string) || cell === 'NaN' || isInfinity(cell as string),
};

/** A column of a text file, and the type that its values are found to have. */
export interface InferredColumn {
  readonly name: string;
  readonly type: (typeof TYPES)[number] | 'string';
}

/** Finds the type of each column of a text file: the first type that all of its values can have. Reads the file once. */
export async function inferTypes(path: string, format: TextFormat, names: readonly string[]): Promise<InferredColumn[]> {
  const isOf = format.kind === 'csv' ? IS_TEXT : IS_VALUE;
  const possible = names.map(() => new Set<(typeof TYPES)[number]>(TYPES));
  const isEmpty = names.map(() => true);
  for await (const { columns } of format.slices(path, names, () => undefined)) {
    columns.forEach((values, i) => {
      const types = possible[i]!;
      for (const value of values) {
        if (value === null || value === undefined) continue;
        isEmpty[i] = false;
        for (const type of types) if (!isOf[type](value)) types.delete(type);
      }
    });
  }
  return names.map((name, i) => ({ name, type: isEmpty[i] ? 'string' : (TYPES.find((one) => possible[i]!.has(one)) ?? 'string') }));
}

/** Makes the function that turns a value of the file into a value of an inferred type. */
function inferredValue(type: InferredColumn['type'], format: TextFormat): (value: unknown) => unknown {
  return type === 'string' ? textOf : format.valueReader(type);
}

function isInt64(whole: bigint): boolean {
  return whole >= INT64.least && whole <= INT64.most;
}

/** A value that is not text becomes its JSON. */
function textOf(value: unknown): unknown {
  if (typeof value === 'string') return value;
  return typeof value === 'bigint'
    ? String(value)
    : JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner));
}
