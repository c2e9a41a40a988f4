/** Something that a check did not find as it must be. */
export interface Finding {
  /** Where: the property or column, as a user names it. */
  readonly path: string;
  /** What must be true, without a trailing period. */
  readonly expected: string;
  /** What was found instead. */
  readonly got: string;
}

/** The finding as one line of text. */
export function findingText({ path, expected, got }: Finding): string {
  return `${path}: expected ${expected}, got: ${got}`;
}
