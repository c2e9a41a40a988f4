import { TableError } from '../../lambda/stores/table-error';
import { UserError } from '../terminal/user-error';

/** Does what may find fault with a Delta Lake table, which a user can mend who is told where it lies. */
export async function atPlace<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof TableError ? new UserError(`${place}: ${error.message}`, { cause: error }) : error;
  }
}
