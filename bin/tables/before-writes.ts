import { TableError } from '../../lambda/stores/table-error';
import { UserError } from '../terminal/user-error';

/** Starts the messages of errors of the offline store, which are not errors of the file. */
export const OFFLINE = 'offline store: ';

/** Waits for work that comes before the first write. Its errors say that nothing was written, so that no file looks partly loaded. */
export async function beforeWrites<T>(work: Promise<T>, prefix = ''): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof UserError || error instanceof TableError)) throw error;
    throw new UserError(`${prefix}${error.message}\nnothing was written`, { cause: error.cause });
  }
}
