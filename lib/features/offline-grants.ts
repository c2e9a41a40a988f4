import { Token, TokenComparison } from 'aws-cdk-lib';
import { Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type IBucket } from 'aws-cdk-lib/aws-s3';

/** Grants permission to list and read the files in a folder of a bucket. */
export function grantReadFolder(bucket: IBucket, prefix: string, grantee: IGrantable): Grant {
  const grant = grantFiles(bucket, prefix, grantee, ['s3:GetObject']).combine(grantList(bucket, prefix, grantee));
  return bucket.encryptionKey === undefined ? grant : grant.combine(bucket.encryptionKey.grantDecrypt(grantee));
}

/** Grants permission to list, read, write and delete the files in a folder of a bucket. A writer of Delta Lake also reads the log. */
export function grantWriteFolder(bucket: IBucket, prefix: string, grantee: IGrantable): Grant {
  return grantWriting(bucket, prefix, grantee, ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload']);
}

/** Grants permission to list, read and write the files in a folder of a bucket. Our own writer of Delta Lake deletes no files. */
export function grantAddToFolder(bucket: IBucket, prefix: string, grantee: IGrantable): Grant {
  return grantWriting(bucket, prefix, grantee, ['s3:GetObject', 's3:PutObject']);
}

function grantWriting(bucket: IBucket, prefix: string, grantee: IGrantable, actions: string[]): Grant {
  const grant = grantFiles(bucket, prefix, grantee, actions).combine(grantList(bucket, prefix, grantee));
  return bucket.encryptionKey === undefined ? grant : grant.combine(bucket.encryptionKey.grantEncryptDecrypt(grantee));
}

function grantFiles(bucket: IBucket, prefix: string, grantee: IGrantable, actions: string[]): Grant {
  const files = bucket.arnForObjects(prefix === '' ? '*' : `${prefix}/*`);
  return Grant.addToPrincipalOrResource({ grantee, actions, resourceArns: [files], resource: bucket });
}

function grantList(bucket: IBucket, prefix: string, grantee: IGrantable): Grant {
  const conditions = prefix === '' ? undefined : { StringLike: { 's3:prefix': [prefix, `${prefix}/*`] } };
  const [actions, resources] = [['s3:ListBucket'], [bucket.bucketArn]];
  const { principalAccount } = grantee.grantPrincipal;
  const compared = principalAccount === undefined ? undefined : Token.compareStrings(bucket.env.account, principalAccount);
  const isLocal = compared === TokenComparison.SAME || compared === TokenComparison.BOTH_UNRESOLVED;
  const grant = Grant.addToPrincipal({ grantee, actions, resourceArns: resources, conditions });
  if (grant.success && isLocal) return grant;
  // `Grant.addToPrincipalOrResource` would leave the conditions out of the bucket policy
  const statement = new PolicyStatement({ actions, resources, principals: [grantee.grantPrincipal], conditions });
  return Grant.addStatementToResourcePolicy({ grantee, actions, resourceArns: resources, resource: bucket, statement });
}
