import { losslessJson } from './lossless-json';

/** A Delta table that cannot be read as it is: the message names the file or feature, what was expected and what was there. */
export class TableError extends Error {
  public override readonly name = 'TableError';
}

/** A value as a refusal shows it: JSON, cut where it is long. */
export function describeStored(value: unknown): string {
  const text = value === undefined ? 'nothing' : losslessJson(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
