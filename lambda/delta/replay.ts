import { type Action, type AddFile, type DeletionVector, type Metadata, type Protocol, type RemoveFile, type Transaction } from './actions';
import { decodedPath } from './data-path';

/** A data file of a snapshot, and when it came. */
export interface DataFile extends AddFile {
  /**
   * The version that added it. Of a file that a checkpoint holds it is not known: it has the checkpoint's version, which is at least its own, and
   * `modificationTime` tells the order among those.
   */
  readonly version: number;
}

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

/** Tells a file of a table from another. A file with another deletion vector is another file: a delete removes the one and adds the other in one commit. */
export function fileKey({ path, deletionVector }: { path: string; deletionVector: DeletionVector | undefined }): string {
  if (deletionVector === undefined) return decodedPath(path);
  const { storageType, pathOrInlineDv, offset } = deletionVector;
  return `${decodedPath(path)}\n${storageType}${pathOrInlineDv}@${offset ?? ''}`;
}
