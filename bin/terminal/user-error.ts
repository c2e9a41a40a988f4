import { types } from 'node:util';
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
  const known = asUserError(error);
  if (known instanceof UserError) return known.message;
  return isError(known) ? (known.stack ?? known.message) : String(known);
}

/** Errors whose messages say what is wrong with a store or with a request to it. */
const STORE_ERRORS = [AwsError, OnlineStoreFailure, Refusal, TableError];

/** The calls of the operating system for files, as verbs of a message. */
const FILE_CALLS: { readonly [syscall: string]: string } = {
  access: 'access',
  copyfile: 'copy',
  fsync: 'write',
  ftruncate: 'write',
  link: 'link',
  lstat: 'read',
  mkdir: 'create',
  mkdtemp: 'create',
  open: 'open',
  opendir: 'list',
  read: 'read',
  readlink: 'read',
  rename: 'rename',
  rm: 'remove',
  rmdir: 'remove',
  scandir: 'list',
  stat: 'read',
  symlink: 'link',
  unlink: 'remove',
  write: 'write',
};

const FILE_ADVICE: { readonly [code: string]: string } = {
  EACCES: '; check its permissions',
  EDQUOT: '; free some space and run the command again',
  ENOSPC: '; free some space and run the command again',
  EROFS: '; choose another folder',
};

/** Says what the operating system refused to do with a file; undefined for other errors. */
function fileErrorText({ code, syscall = '', path, message }: NodeJS.ErrnoException): string | undefined {
  const verb = FILE_CALLS[syscall];
  if (code === undefined || verb === undefined) return undefined;
  // Node.js writes `CODE: reason, syscall 'path'`
  const reason = /^\w+: ([^,]*)/.exec(message)?.[1] ?? message;
  return `expected to ${verb} ${path ?? 'a file'}, got: ${reason} (${code})${FILE_ADVICE[code] ?? ''}`;
}

/** Turns the errors of files, of stores and of AWS into {@link UserError}s; returns any other error as it is. */
export function asUserError(error: unknown): unknown {
  if (!isError(error) || error instanceof UserError) return error;
  if (STORE_ERRORS.some((type) => error instanceof type)) return new UserError(error.message, { cause: error });
  const fileError = fileErrorText(error);
  if (fileError !== undefined) return new UserError(fileError, { cause: error });
  const isAws = '$metadata' in error || error.name === 'CredentialsProviderError' || error.message === 'Region is missing';
  return isAws ? new UserError(`${error.name}: ${error.message}`, { cause: error }) : error;
}

/** `instanceof` does not know an error of another realm, such as of Node.js in a test. */
function isError(error: unknown): error is Error {
  return types.isNativeError(error);
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
