/** Thrown for a value that does not have its type. The loops over rows and columns turn it into a refusal that names the place. */
export class Mismatch extends Error {
  public override readonly name = 'Mismatch';

  constructor(
    public readonly expected: string,
    public readonly got: string,
  ) {
    super(`expected ${expected}, got: ${got}`);
  }
}
