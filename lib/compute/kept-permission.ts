import {
  type AddToPrincipalPolicyResult,
  type CfnPolicy,
  Grant,
  type IPrincipal,
  Policy,
  type PolicyStatement,
  type PrincipalPolicyFragment,
  type Role,
} from 'aws-cdk-lib/aws-iam';
import { type IKey } from 'aws-cdk-lib/aws-kms';
import { type IBucket } from 'aws-cdk-lib/aws-s3';
import { type Construct } from 'constructs';
import { type IFeatureTable } from '../features/index';
import { requireSameEnvironment } from '../same-environment';

/** The key of a policy's CloudFormation metadata. It marks permissions that the current version does not need, for the command line. */
const KEPT_METADATA = 'cdk-ml-serving:keptPermissions';

/**
 * A permission that an endpoint keeps although its current version does not need it, because an older version still gets requests.
 *
 * All versions of an endpoint share one role. To change what an endpoint reads without failed requests, deploy twice: first with the old resource
 * in `keepPermissionsFor`, then, when the older version no longer gets requests, without it.
 */
export class KeptPermission {
  /** Permission to look up features of a table. */
  public static featureTable(table: IFeatureTable): KeptPermission {
    return new KeptPermission((scope, principal) => {
      requireSameEnvironment(
        scope,
        `the online store of feature table '${table.featureTableName}'`,
        table.table,
        'remove it from `keepPermissionsFor`',
      );
      table.grantRead(principal);
    });
  }

  /**
   * Permission to read models in S3.
   *
   * @param bucket the bucket of the models
   * @param objectsKeyPattern the key of a model, or a pattern such as `models/v1/*`
   */
  public static objects(bucket: IBucket, objectsKeyPattern: string): KeptPermission {
    return new KeptPermission((scope, principal) => {
      requireSameEnvironment(scope, `the bucket ${bucket.node.path}`, bucket, 'remove it from `keepPermissionsFor`');
      grantObjects(principal, bucket, objectsKeyPattern);
    });
  }

  /** Permission to decrypt with a key, for example the former key of a feature table or of a bucket with models. */
  public static key(key: IKey): KeptPermission {
    return new KeptPermission((_, principal) => void key.grantDecrypt(principal));
  }

  private constructor(private readonly grant: (scope: Construct, principal: IPrincipal) => void) {}

  /** @internal */
  public _grant(scope: Construct, principal: IPrincipal): void {
    this.grant(scope, principal);
  }
}

/** Grants permission to read and decrypt objects. */
export function grantObjects(principal: IPrincipal, bucket: IBucket, objectsKeyPattern: string): void {
  const resourceArns = [bucket.arnForObjects(objectsKeyPattern)];
  Grant.addToPrincipalOrResource({ grantee: principal, actions: ['s3:GetObject'], resourceArns, resource: bucket });
  bucket.encryptionKey?.grantDecrypt(principal);
}

/**
 * The role of an endpoint, with a separate policy for permissions that its current version does not need. From the policy, `check` can tell that a
 * later deployment may remove them.
 */
export class KeptPermissions implements IPrincipal {
  public readonly grantPrincipal: IPrincipal = this;
  public readonly assumeRoleAction: string;
  public readonly policyFragment: PrincipalPolicyFragment;
  public readonly principalAccount?: string;
  private policy?: Policy;

  constructor(private readonly role: Role) {
    this.assumeRoleAction = role.assumeRoleAction;
    this.policyFragment = role.policyFragment;
    this.principalAccount = role.principalAccount;
  }

  public addToPrincipalPolicy(statement: PolicyStatement): AddToPrincipalPolicyResult {
    this.policy ??= this.makePolicy();
    this.policy.addStatements(statement);
    return { statementAdded: true, policyDependable: this.policy };
  }

  private makePolicy(): Policy {
    const policy = new Policy(this.role, 'KeptPermissions', { roles: [this.role] });
    (policy.node.defaultChild as CfnPolicy).addMetadata(KEPT_METADATA, true);
    return policy;
  }
}
