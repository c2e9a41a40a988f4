// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#delta-log-entries
import { type Action, type AddFile } from './actions';
import { decodedPath } from './data-file';

/** A change to commit to a table, and the rows that it depends on. */
export interface TableChange {
  readonly actions: readonly Action[];
  /** Delta Lake's name of the operation. */
  readonly operation: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number>>;
  /** Undefined if the change does not depend on rows of the table, and so cannot conflict with other rows. */
  readonly read: ReadRows | undefined;
}

/** The rows that a change depends on. */
export interface ReadRows {
  /** The decoded paths of the files that were read. */
  readonly paths: ReadonlySet<string>;
  /** Whether the change would also have read a file that another writer added. */
  readonly wouldRead: (added: AddFile) => boolean;
}

/** Returns why a change conflicts with another writer's commit, or undefined if it does not. `winner` holds that commit's actions. */
export function conflictOf({ actions, read }: TableChange, winner: readonly Action[]): string | undefined {
  for (const action of winner) {
    switch (action.kind) {
      case 'protocol':
        return 'another writer changed the protocol';
      case 'metaData':
        return 'another writer changed the metadata';
      case 'txn':
        if (actions.some((ours) => ours.kind === 'txn' && ours.txn.appId === action.txn.appId))
          return `another writer committed a transaction of ${action.txn.appId}`;
        break;
      case 'add': // rearranged rows were in the table before
        if (action.add.dataChange && read?.wouldRead(action.add)) return 'another writer added rows with the same keys';
        break;
      case 'remove':
        if (read?.paths.has(decodedPath(action.remove.path))) return `another writer removed ${action.remove.path}`;
        break;
    }
  }
  return undefined;
}
