/** Something that the user of the command line can mend: shown as its message alone, without a stack. */
export class UserError extends Error {
  public override readonly name = 'UserError';
}
