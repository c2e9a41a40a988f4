import { TableError } from '../../lambda/offline/table-error';
import { UserError } from '../user-error';

/** Work that fails before anything is written says so: a part of a file must not look as if it had been loaded. */
export async function beforeWrites<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof UserError || error instanceof TableError)) throw error;
    throw new UserError(`${error.message}\nnothing was written`, { cause: error.cause });
  }
}
