import { TableError } from '../../lambda/stores/table-error';
import { UserError } from '../terminal/user-error';

/** What is wrong with the offline store, and not with the file. */
export const OFFLINE = 'offline store: ';

/**
 * Work that fails before anything is written says so: a part of a file must not look as if it had been loaded.
 * @param place what a failure of a store is to begin with
 */
export async function beforeWrites<T>(work: Promise<T>, place = ''): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof UserError || error instanceof TableError)) throw error;
    throw new UserError(`${place}${error.message}\nnothing was written`, { cause: error.cause });
  }
}
