import { Annotations, CfnElement, Reference, Stack, Token, Tokenization } from 'aws-cdk-lib';
import { type IConstruct } from 'constructs';
import { refuse } from '../refuse';
import { type Bindings, BINDINGS_VARIABLE } from '../contract/endpoint-spec';

/** Lambda's limit for the names and values of all variables of a function, in bytes. */
const MAX_ENVIRONMENT_BYTES = 4_096;

/** The number of bytes that is worth a warning. */
const LONG_ENVIRONMENT_BYTES = 3_200;

/** The longest name that a DynamoDB table can have. */
const MAX_TABLE_NAME = 255;

/** The longest name that a bucket can have. */
const MAX_BUCKET_NAME = 63;

/** The characters that CloudFormation adds when it makes a physical name from a stack's name and a logical id: two hyphens and 13 others. */
const GENERATED_SUFFIX = 15;

/** A feature table, and the DynamoDB table that holds its online rows. */
export interface BoundTable {
  readonly featureTableName: string;
  readonly tableName: string;
}

/** A bucket, and the logical name that the function uses for it. */
export interface BoundBucket {
  readonly name: string;
  readonly bucketName: string;
}

/**
 * Renders the variable that maps the logical names of tables and buckets to physical names.
 * @throws Error if it may be longer than Lambda permits
 */
export function renderBindings(scope: IConstruct, tables: readonly BoundTable[], buckets: readonly BoundBucket[]): string {
  checkLength(scope, tables, buckets);
  return Stack.of(scope).toJsonString(
    bindingsOf(
      tables,
      buckets,
      ({ tableName }) => tableName,
      ({ bucketName }) => bucketName,
    ),
  );
}

function bindingsOf(
  tables: readonly BoundTable[],
  buckets: readonly BoundBucket[],
  tableName: (table: BoundTable) => string,
  bucketName: (bucket: BoundBucket) => string,
): Bindings {
  return {
    tables: Object.fromEntries(tables.map((table) => [table.featureTableName, tableName(table)])),
    ...(buckets.length === 0 ? {} : { buckets: Object.fromEntries(buckets.map((bucket) => [bucket.name, bucketName(bucket)])) }),
  };
}

function checkLength(scope: IConstruct, tables: readonly BoundTable[], buckets: readonly BoundBucket[]): void {
  const longest = bindingsOf(
    tables,
    buckets,
    (table) => '-'.repeat(longestName(table)),
    () => '-'.repeat(MAX_BUCKET_NAME),
  );
  const bytes = Buffer.byteLength(`${BINDINGS_VARIABLE}${JSON.stringify(longest)}`);
  if (bytes > MAX_ENVIRONMENT_BYTES) {
    refuse(
      scope,
      `the names of feature tables${buckets.length > 0 ? ' and buckets' : ''} must fit into Lambda's ${MAX_ENVIRONMENT_BYTES} bytes of environment variables, got: up to ${bytes} bytes for ${tables.length} tables`,
    );
  }
  if (bytes > LONG_ENVIRONMENT_BYTES) {
    Annotations.of(scope).addWarningV2(
      'cdk-ml-serving:environment',
      `the names of feature tables and buckets take up to ${bytes} of Lambda's ${MAX_ENVIRONMENT_BYTES} bytes of environment variables`,
    );
  }
}

/** The largest possible length of a table's physical name. CloudFormation makes most names at deployment, so their exact length is unknown. */
function longestName(table: BoundTable): number {
  if (!Token.isUnresolved(table.tableName)) return Buffer.byteLength(table.tableName);
  const reference = Tokenization.reverseString(table.tableName).firstToken;
  if (!Reference.isReference(reference) || !CfnElement.isCfnElement(reference.target)) return MAX_TABLE_NAME;
  const { stackName } = Stack.of(reference.target);
  if (Token.isUnresolved(stackName)) return MAX_TABLE_NAME;
  const logicalId = Stack.of(reference.target).getLogicalId(reference.target);
  return Math.min(MAX_TABLE_NAME, stackName.length + logicalId.length + GENERATED_SUFFIX);
}
