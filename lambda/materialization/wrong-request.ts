/** What was asked of a materialization does not hold: nothing was done. */
export class WrongRequest extends Error {
  public override readonly name = 'WrongRequest';
}
