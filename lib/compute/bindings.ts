import { CfnElement, Reference, Stack, Token, Tokenization } from 'aws-cdk-lib';
import { type IConstruct } from 'constructs';
import { type IFeatureTable } from '../features/index';
import { type PackagedObject } from '../models/packaged-model';
import { refuse } from '../refuse';
import { type Bindings, BINDINGS_VARIABLE } from '../spec/endpoint-spec';

/** Lambda's limit for the names and values of all variables of a function, in bytes. */
const MAX_ENVIRONMENT_BYTES = 4_096;

/** The longest name that a DynamoDB table can have. */
const MAX_TABLE_NAME = 255;

/** The longest name that a bucket can have. */
const MAX_BUCKET_NAME = 63;

/** What CloudFormation adds to a stack's name and a logical id to make a physical name: two hyphens and 13 characters. */
const GENERATED_SUFFIX = 15;

/** The value of the variable that maps the endpoint spec's logical names to physical ones. */
export function renderBindings(scope: IConstruct, tables: readonly IFeatureTable[], objects: readonly PackagedObject[] = []): string {
  checkLength(scope, tables, objects);
  const bindings: Bindings = {
    tables: physicalNames(tables, (table) => table.tableName),
    ...bucketNames(objects, ({ bucket }) => bucket.bucketName),
  };
  return Stack.of(scope).toJsonString(bindings);
}

function physicalNames(tables: readonly IFeatureTable[], nameOf: (table: IFeatureTable) => string): Bindings['tables'] {
  return Object.fromEntries(tables.map((table) => [table.featureTableName, nameOf(table)]));
}

function bucketNames(objects: readonly PackagedObject[], nameOf: (object: PackagedObject) => string): Pick<Bindings, 'buckets'> {
  return objects.length === 0 ? {} : { buckets: Object.fromEntries(objects.map((object) => [object.spec.bucket, nameOf(object)])) };
}

function checkLength(scope: IConstruct, tables: readonly IFeatureTable[], objects: readonly PackagedObject[]): void {
  const longest: Bindings = {
    tables: physicalNames(tables, (table) => '-'.repeat(longestName(table))),
    ...bucketNames(objects, () => '-'.repeat(MAX_BUCKET_NAME)),
  };
  const bytes = Buffer.byteLength(`${BINDINGS_VARIABLE}${JSON.stringify(longest)}`);
  if (bytes > MAX_ENVIRONMENT_BYTES) {
    refuse(
      scope,
      `the names of its feature tables${objects.length > 0 ? ' and buckets' : ''} must fit into the ${MAX_ENVIRONMENT_BYTES} bytes that Lambda has for variables, got: up to ${bytes} bytes for ${tables.length} tables`,
    );
  }
}

/** How long a table's physical name can get, which is known only at deployment if CloudFormation makes it. */
function longestName(table: IFeatureTable): number {
  if (!Token.isUnresolved(table.tableName)) return Buffer.byteLength(table.tableName);
  const reference = Tokenization.reverseString(table.tableName).firstToken;
  if (!Reference.isReference(reference) || !CfnElement.isCfnElement(reference.target)) return MAX_TABLE_NAME;
  const { stackName } = Stack.of(reference.target);
  if (Token.isUnresolved(stackName)) return MAX_TABLE_NAME;
  const logicalId = Stack.of(reference.target).getLogicalId(reference.target);
  return Math.min(MAX_TABLE_NAME, stackName.length + logicalId.length + GENERATED_SUFFIX);
}
