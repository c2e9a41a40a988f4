/** Something that the user of the command line can mend: shown as its message alone, without a stack. */
export class UserError extends Error {
  public override readonly name = 'UserError';
}

/** An error as the command line shows it: of what a user cannot mend with its stack. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof UserError ? error.message : (error.stack ?? error.message);
}
