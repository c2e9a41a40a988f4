// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#delta-log-entries
import { type Action, type AddFile } from './actions';
import { decodedPath } from './data-file';

/** A change of a table that is to be committed, and what it rests on. */
export interface TableChange {
  readonly actions: readonly Action[];
  /** The operation by its name in Delta Lake. */
  readonly operation: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number>>;
  /** Undefined if it rests on no rows of the table: what others add and remove does not matter to it then. */
  readonly read: ReadRows | undefined;
}

/** The rows that a change rests on. */
export interface ReadRows {
  /** The paths of their files, decoded. */
  readonly paths: ReadonlySet<string>;
  /** Whether a new file may hold rows that would have been read too. */
  readonly wouldRead: (added: AddFile) => boolean;
}

/** Why a change does not hold after what another writer committed in the meantime; undefined if it does. */
export function conflictOf({ actions, read }: TableChange, winner: readonly Action[]): string | undefined {
  for (const action of winner) {
    switch (action.kind) {
      case 'protocol':
        return 'another writer changed the protocol';
      case 'metaData':
        return 'another writer changed the metadata';
      case 'txn':
        if (actions.some((own) => own.kind === 'txn' && own.txn.appId === action.txn.appId))
          return `another writer committed a transaction of ${action.txn.appId}`;
        break;
      case 'add': // a file whose rows were only rearranged holds none that were not there
        if (action.add.dataChange && read?.wouldRead(action.add)) return 'another writer added rows that concern the change';
        break;
      case 'remove':
        if (read?.paths.has(decodedPath(action.remove.path))) return `another writer removed ${action.remove.path}`;
        break;
    }
  }
  return undefined;
}
