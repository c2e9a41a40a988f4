/** A rule that a value breaks. */
export interface Finding {
  /** The property or column, as a user names it. */
  readonly path: string;
  /** The rule, without a trailing period. */
  readonly expected: string;
  /** The value that breaks the rule. */
  readonly got: string;
}

/** Formats the finding as one line of text. */
export function findingText({ path, expected, got }: Finding): string {
  return `${path}: expected ${expected}, got: ${got}`;
}

/** Formats names for a finding: `'a', 'b'`, or `none`. */
export function namesText(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map((name) => `'${name}'`).join(', ');
}

/** The result of a check: a value, or what is wrong with it. */
export type Checked<T> = { readonly value: T } | { readonly findings: readonly Finding[] };

/** A check that failed with a single finding. */
export function failed(path: string, expected: string, got: string): { findings: Finding[] } {
  return { findings: [{ path, expected, got }] };
}
