import { type Action, type AddFile, type DeletionVector, type Metadata, type Protocol } from './actions';
import { decodedPath } from './data-path';

/** What the actions of a log come to, given in the order of their versions: of the actions on one thing the last wins. */
export class Replay {
  public protocol: Protocol | undefined;
  public metadata: Metadata | undefined;
  /** The version that each application wrote last. */
  public readonly transactions = new Map<string, bigint>();
  private readonly filesByKey = new Map<string, AddFile>();

  /** The data files of the table. */
  public get files(): AddFile[] {
    return [...this.filesByKey.values()];
  }

  /** Takes the next action. */
  public apply(action: Action): void {
    switch (action.kind) {
      case 'add':
        this.filesByKey.set(keyOf(action.add), action.add);
        break;
      case 'remove':
        this.filesByKey.delete(keyOf(action.remove));
        break;
      case 'metaData':
        this.metadata = action.metaData;
        break;
      case 'protocol':
        this.protocol = action.protocol;
        break;
      case 'txn':
        this.transactions.set(action.txn.appId, action.txn.version);
        break;
      case 'sidecar': // its actions come one by one
        break;
    }
  }
}

/** A file with another deletion vector is another file: a delete removes the one and adds the other in one commit. */
function keyOf({ path, deletionVector }: { path: string; deletionVector: DeletionVector | undefined }): string {
  if (deletionVector === undefined) return decodedPath(path);
  const { storageType, pathOrInlineDv, offset } = deletionVector;
  return `${decodedPath(path)}\n${storageType}${pathOrInlineDv}@${offset ?? ''}`;
}
