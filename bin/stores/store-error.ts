import { WrongRequest } from '../../lambda/materialization/wrong-request';
import { TableError } from '../../lambda/stores/table-error';
import { AwsError } from '../../lambda/aws/signed-call';
import { OnlineStoreFailure } from '../../lambda/online/online-table';
import { Refusal } from '../../lambda/refusal';
import { UserError } from '../terminal/user-error';

/** Errors whose messages say what is wrong with a store, or with what was asked of it. */
const MENDABLE = [AwsError, OnlineStoreFailure, Refusal, TableError, WrongRequest];

/** What a store, or the way to it, refuses is something that a user can mend; any other error stays as it is. */
export function asUserError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (MENDABLE.some((type) => error instanceof type)) return new UserError(error.message, { cause: error });
  const isAws = '$metadata' in error || error.name === 'CredentialsProviderError' || error.message === 'Region is missing';
  return isAws ? new UserError(`${error.name}: ${error.message}`, { cause: error }) : error;
}
