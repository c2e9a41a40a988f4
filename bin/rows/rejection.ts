import { rmSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fieldTypeText } from '../../lambda/parquet/schema';
import { type Refusal } from '../../lambda/refusal';
import { describeError } from '../../lambda/protocols/describe-value';
import type { RowsInput } from './rows-input';
import type { RefusedRow } from './rows-file';
import { countText } from '../terminal/quantities';

/** A row of an input that has no answer. */
export interface Rejection {
  /** Its place in the input, counted in the input's unit from 1. */
  readonly line: number;
  /** Its key, where the input is a feature table. */
  readonly key?: string;
  readonly column?: string;
  readonly reason: string;
}

/** How many rejections are listed; the file beside the output has all of them. */
const LISTED = 20;

/** A row that cannot be read. */
export function rejectedRow({ line, column, expected, got }: RefusedRow): Rejection {
  return { line, ...(column !== undefined && { column }), reason: `expected ${expected}, got: ${got}` };
}

/** A row that a request would be refused for. */
export function refusedRow(line: number, { column, detail, code, cause }: Refusal): Rejection {
  // what the log would tell of an error of the user's own code
  const reason = code === 'INTERNAL_ERROR' && cause !== undefined ? `${detail}: ${describeError(cause)}` : detail;
  return { line, ...(column !== undefined && { column }), reason };
}

/** Says which columns of an input are missing beside its answers. */
export function leftOutLines({ name, unreadable }: RowsInput): string[] {
  return unreadable.map((column) => `  column '${column.name}' of ${name} was left out: ${fieldTypeText(column.type)} cannot be read`);
}

/**
 * Writes rejections into a file beside an output, or removes what an earlier run left there.
 * @returns the lines of a report
 */
export function reportRejections(rejections: readonly Rejection[], { name, unit }: RowsInput, output: string): string[] {
  const file = `${output}.rejected.jsonl`;
  if (rejections.length === 0) {
    rmSync(file, { force: true });
    return [];
  }
  const sorted = [...rejections].sort((a, b) => a.line - b.line);
  writeFileSync(file, sorted.map((rejection) => `${JSON.stringify(rejection)}\n`).join(''));
  const placeOf = ({ line, key }: Rejection) =>
    key !== undefined ? `${name} ${JSON.stringify(key)}` : unit === 'line' ? `${name}:${line}` : `${name} row ${line}`;
  const lines = sorted.slice(0, LISTED).map((rejection) => {
    const { column, reason } = rejection;
    return `  ${placeOf(rejection)}  ${column === undefined ? '' : `column '${column}': `}${reason}`;
  });
  const more = sorted.length > LISTED ? [`  and ${countText(sorted.length - LISTED)} more`] : [];
  return [`${countText(sorted.length)} rejected, listed in ${relative(process.cwd(), file)}`, ...lines, ...more];
}
