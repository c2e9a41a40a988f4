/** A value that is not what its place asks for. Whoever walks the rows knows where it stands, and refuses the request with that. */
export class Mismatch extends Error {
  public override readonly name = 'Mismatch';

  constructor(
    public readonly expected: string,
    public readonly got: string,
  ) {
    super(`expected ${expected}, got: ${got}`);
  }
}
