import { daysOf, microsecondsOf } from '../../lib/contract/calendar';
import { INT64 } from '../../lambda/protocols/read-value';
import type { RowsFile } from './rows-file';

/** Types that a column of text can be found to have, each tried before the next; what has none of them is a string. */
const TYPES = ['boolean', 'long', 'double', 'date', 'timestamp'] as const;

const WHOLE = /^-?(?:0|[1-9]\d{0,18})$/;
/** Without leading zeros: what has them is a code, and no number. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const NON_FINITE = ['NaN', 'Infinity', '-Infinity'];

/** Whether a JSON value can be a value of a type. */
const IS_VALUE: Record<(typeof TYPES)[number], (cell: unknown) => boolean> = {
  boolean: (cell) => typeof cell === 'boolean',
  long: (cell) => Number.isSafeInteger(cell) || (typeof cell === 'bigint' && isInt64(cell)),
  double: (cell) => typeof cell === 'number' || typeof cell === 'bigint',
  date: (cell) => typeof cell === 'string' && daysOf(cell) !== undefined,
  timestamp: (cell) => typeof cell === 'string' && microsecondsOf(cell) !== undefined,
};

/** Whether the text of a CSV file's cell can be one. */
const IS_TEXT: typeof IS_VALUE = {
  ...IS_VALUE,
  boolean: (cell) => /^(?:true|false)$/i.test(cell as string),
  long: (cell) => WHOLE.test(cell as string) && isInt64(BigInt(cell as string)),
  double: (cell) => NUMBER.test(cell as string) || NON_FINITE.includes(cell as string),
};

/** A column of a file of text, and the type that its cells are found to have. */
export interface InferredColumn {
  readonly name: string;
  readonly type: (typeof TYPES)[number] | 'string';
}

/**
 * The types of the columns of a file of text: of each the first that all of its cells can have. Reads the file once.
 * @param isCsv whether its cells are text, and no JSON values
 */
export async function inferTypes(file: RowsFile, names: readonly string[], isCsv: boolean): Promise<InferredColumn[]> {
  const isOf = isCsv ? IS_TEXT : IS_VALUE;
  const left = names.map(() => new Set<(typeof TYPES)[number]>(TYPES));
  const isEmpty = names.map(() => true);
  const asked = names.map((name) => ({ name, type: 'string' as const }));
  for await (const row of file.rows(asked, () => undefined)) {
    if (!('values' in row)) continue;
    row.values.forEach((cell, i) => {
      if (cell === null || cell === undefined) return;
      isEmpty[i] = false;
      for (const type of left[i]!) if (!isOf[type](cell)) left[i]!.delete(type);
    });
  }
  return names.map((name, i) => ({ name, type: isEmpty[i] ? 'string' : (TYPES.find((one) => left[i]!.has(one)) ?? 'string') }));
}

/** How cells of an inferred type become values of it. */
export function inferredValue(type: InferredColumn['type'], file: RowsFile): (cell: unknown) => unknown {
  return type === 'string' ? textOf : file.valueReader(type);
}

function isInt64(whole: bigint): boolean {
  return whole >= INT64.least && whole <= INT64.most;
}

/** What is neither a text nor of one type in all rows stays as JSON. */
function textOf(cell: unknown): unknown {
  if (typeof cell === 'string') return cell;
  return typeof cell === 'bigint'
    ? String(cell)
    : JSON.stringify(cell, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}
