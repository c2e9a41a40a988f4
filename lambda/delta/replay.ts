import { type Action, type Metadata, type Protocol, type RemoveFile, type Transaction } from './actions';
import { type DataFile, fileKey } from './data-file';

/** Replays the actions of a log in the order of their versions. The last action on a file, transaction or other subject wins. */
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

  /** The removed data files. Those of a checkpoint are included only if they were read from it. */
  public get removed(): RemoveFile[] {
    return [...this.removedByKey.values()];
  }

  /** The last transaction of each application. */
  public get transactions(): Transaction[] {
    return [...this.transactionsById.values()];
  }

  /** Applies the next action; `version` is the version of its commit or checkpoint. */
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
      case 'sidecar': // the reader of a checkpoint passes on the sidecar's actions
      case 'commitInfo':
        break;
    }
  }
}
