import { roundedNumber } from './rounded-number';

const LONGEST_TEXT = 40;

/** The most characters of a thrown text: the text may be any user data, and a longer text does not help. */
const LONGEST_REASON = 200;

/** Describes a value for an error message. The text is short for every value that a caller can send. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return (
        roundedNumber(value)?.slice(0, LONGEST_TEXT) ??
        JSON.stringify(value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value)
      );
    case 'undefined':
      return 'nothing';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? `a list of ${value.length}` : 'an object';
    case 'function':
      return 'a function';
    default:
      return String(value);
  }
}

/** Lists names in an error message: the first few, each shortened. */
export function describeNames(names: Iterable<string>, most = 10): string {
  const all = [...names];
  const listed = all.slice(0, most).map((name) => `'${name.length > LONGEST_TEXT ? `${name.slice(0, LONGEST_TEXT)}…` : name}'`);
  return all.length > most ? `${listed.join(', ')} and ${all.length - most} more` : listed.join(', ');
}

/** The first line of an error of user code, shortened for an error message. */
export function describeError(error: unknown): string {
  const [line = ''] = String((error as Error | undefined)?.message ?? error).split('\n');
  return line.length > LONGEST_REASON ? `${line.slice(0, LONGEST_REASON)}…` : line;
}
