/**
 * Thrown for a value that does not have the required type. The loops over rows and columns turn this error into a refusal that names row
 * and column.
 */
export class Mismatch extends Error {
  public override readonly name = 'Mismatch';

  constructor(
    public readonly expected: string,
    public readonly got: string,
  ) {
    super(`expected ${expected}, got: ${got}`);
  }
}
