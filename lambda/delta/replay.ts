import { type Action, type Metadata, type Protocol, type RemoveFile, type Transaction } from './actions';
import { type DataFile, fileKey } from './data-file';

/** What the actions of a log come to, given in the order of their versions: of the actions on one thing the last wins. */
export class Replay {
  public protocol: Protocol | undefined;
  public metadata: Metadata | undefined;
  private readonly transactionsById = new Map<string, Transaction>();
  private readonly filesByKey = new Map<string, DataFile>();
  private readonly removedByKey = new Map<string, RemoveFile>();

  /** The data files of the table. */
  public get files(): DataFile[] {
    return [...this.filesByKey.values()];
  }

  /** The data files that are no part of the table any more; those of a checkpoint only if they were read from it. */
  public get removed(): RemoveFile[] {
    return [...this.removedByKey.values()];
  }

  /** The last thing that each application wrote. */
  public get transactions(): Transaction[] {
    return [...this.transactionsById.values()];
  }

  /** Takes the next action, of a commit or a checkpoint of a version. */
  public apply(action: Action, version: number): void {
    switch (action.kind) {
      case 'add':
        this.filesByKey.set(fileKey(action.add), { ...action.add, version });
        this.removedByKey.delete(fileKey(action.add));
        break;
      case 'remove':
        this.filesByKey.delete(fileKey(action.remove));
        this.removedByKey.set(fileKey(action.remove), action.remove);
        break;
      case 'metaData':
        this.metadata = action.metaData;
        break;
      case 'protocol':
        this.protocol = action.protocol;
        break;
      case 'txn':
        this.transactionsById.set(action.txn.appId, action.txn);
        break;
      case 'sidecar': // its actions come one by one
      case 'commitInfo':
        break;
    }
  }
}
