import { losslessJson } from './lossless-json';

/** Thrown for a Delta table or Parquet file that cannot be read or written. The message names the file, column or feature, and what was expected. */
export class TableError extends Error {
  public override readonly name = 'TableError';
}

/** Describes a value in an error: as JSON, cut to 80 characters. */
export function describeStored(value: unknown): string {
  const text = value === undefined ? 'nothing' : losslessJson(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
