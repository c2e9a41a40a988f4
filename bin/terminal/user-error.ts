import { AwsError } from '../../lambda/aws/signed-call';
import { OnlineStoreFailure } from '../../lambda/online/online-table';
import { Refusal } from '../../lambda/refusal';
import { TableError } from '../../lambda/stores/table-error';

/** An error that the user of the command line can correct. Its message is printed without a stack. */
export class UserError extends Error {
  public override readonly name = 'UserError';
}

/** Returns the text of an error as the command line prints it: with a stack only if the user cannot correct it. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof UserError ? error.message : (error.stack ?? error.message);
}

/** Errors whose messages say what is wrong with a store or with a request to it. */
const STORE_ERRORS = [AwsError, OnlineStoreFailure, Refusal, TableError];

/** Turns the errors of stores and of AWS into {@link UserError}s; returns any other error as it is. */
export function asUserError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error;
  if (STORE_ERRORS.some((type) => error instanceof type)) return new UserError(error.message, { cause: error });
  const isAws = '$metadata' in error || error.name === 'CredentialsProviderError' || error.message === 'Region is missing';
  return isAws ? new UserError(`${error.name}: ${error.message}`, { cause: error }) : error;
}

/** Runs `work`. An error of a Delta Lake table becomes a {@link UserError} whose message starts with the table's name or place. */
export async function withErrorPrefix<T>(prefix: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw prefixed(prefix, error);
  }
}

/** Passes items on, with errors as in {@link withErrorPrefix}. */
export async function* withErrorPrefixes<T>(prefix: string, items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    throw prefixed(prefix, error);
  }
}

function prefixed(prefix: string, error: unknown): unknown {
  if (!(error instanceof TableError)) return error;
  const start = `${prefix}: `;
  return new UserError(error.message.startsWith(start) ? error.message : `${start}${error.message}`, { cause: error });
}
