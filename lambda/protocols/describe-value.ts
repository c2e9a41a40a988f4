const LONGEST_TEXT = 40;

/** A thrown text may be any user data; more than this of it helps nobody. */
const LONGEST_REASON = 200;

/** A value as an error message may show it: short, whatever a sender put there. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value);
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

/** Names as an error message lists them: the first few, each short. */
export function describeNames(names: Iterable<string>, most = 10): string {
  const all = [...names];
  const listed = all.slice(0, most).map((name) => `'${name.length > LONGEST_TEXT ? `${name.slice(0, LONGEST_TEXT)}…` : name}'`);
  return all.length > most ? `${listed.join(', ')} and ${all.length - most} more` : listed.join(', ');
}

/** What an error of a user's code says, as an error message may show it. */
export function describeError(error: unknown): string {
  const [line = ''] = String((error as Error | undefined)?.message ?? error).split('\n');
  return line.length > LONGEST_REASON ? `${line.slice(0, LONGEST_REASON)}…` : line;
}
