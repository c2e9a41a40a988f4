import { type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { refuse } from '../refuse';

/** The folders of a bucket that are Delta Lake tables. */
export class DeltaFolders extends Construct {
  /** Those of a bucket. */
  public static of(bucket: IBucket): DeltaFolders {
    const found = bucket.node.tryFindChild('MlServingDeltaFolders') as DeltaFolders | undefined;
    return found ?? new DeltaFolders(bucket, 'MlServingDeltaFolders');
  }

  private readonly owners = new Map<string, Construct>();

  /** Keeps a folder for a table. None lies in another: a vacuum of the outer one would take the files of the inner one away. */
  public claim(owner: Construct, prefix: string): void {
    for (const [other, { node }] of this.owners) {
      if (!isWithin(prefix, other) && !isWithin(other, prefix)) continue;
      refuse(owner, `each offline store must have a folder of its own, in no other's, got: '${prefix}' beside '${other}' of ${node.path}`);
    }
    this.owners.set(prefix, owner);
  }
}

function isWithin(inner: string, outer: string): boolean {
  return outer === '' || inner === outer || inner.startsWith(`${outer}/`);
}
