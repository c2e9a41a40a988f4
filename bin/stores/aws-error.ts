import { DynamoDbError } from '../../lambda/online/dynamodb-call';
import { UserError } from '../user-error';

/** What AWS, or the way to it, refused is something that a user can mend; any other error stays as it is. */
export function asUserError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error instanceof DynamoDbError) return new UserError(error.message, { cause: error });
  const isAws = '$metadata' in error || error.name === 'CredentialsProviderError' || error.message === 'Region is missing';
  return isAws ? new UserError(`${error.name}: ${error.message}`, { cause: error }) : error;
}
