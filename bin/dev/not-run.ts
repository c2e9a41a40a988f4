import type { JsonValue } from '../../lib/contract/data-types';
import { inferenceTableOf, offlineStoreOf, type Resource, type Stack } from '../app/cloud-assembly';
import type { AppResources } from './app-resources';
import { TABLE_TYPES } from './local-names';

/** Resource types that have no effect on this machine, or that are part of others. */
const SILENT_TYPES =
  /^AWS::(IAM|Logs|CloudWatch|KMS|ApplicationAutoScaling|CDK)::|^AWS::ApiGatewayV2::|^AWS::Lambda::(Permission|Version|Alias|LayerVersion|Function)$|^AWS::Glue::(Database|Table)$/;

/**
 * Types of the resources of offline stores, materialization and inference tables. On this machine these are folders that `dev` watches and
 * writes.
 */
const STORE_TYPES = /^AWS::(S3|SQS|Events|Scheduler|KinesisFirehose)::|^AWS::Lambda::EventSourceMapping$/;

/** Lists the resource types of an app that do not run on this machine, with their counts. */
export function otherTypes(resources: AppResources): string[] {
  const counts = new Map<string, number>();
  for (const stack of resources.stacks) {
    const isOfStore = storeResources(stack);
    for (const [logicalId, resource] of resources.of(stack)) {
      const { Type } = resource;
      if (TABLE_TYPES.includes(Type) || SILENT_TYPES.test(Type) || isOfStore(logicalId, resource)) continue;
      counts.set(Type, (counts.get(Type) ?? 0) + 1);
    }
  }
  return [...counts].sort().map(([type, count]) => (count === 1 ? type : `${count} × ${type}`));
}

/**
 * Returns a function that recognizes the resources of a stack's offline stores and inference tables: the resources below the store in the
 * construct tree, and an existing bucket of the store.
 */
function storeResources({ template }: Stack): (logicalId: string, resource: Resource) => boolean {
  const resources = Object.values(template.Resources ?? {});
  const tables = resources.filter((resource) => offlineStoreOf(resource) !== undefined);
  const fillers = resources.filter((resource) => inferenceTableOf(resource) !== undefined);
  const parents = [...tables.map((table) => parentPath(pathOf(table), 2)), ...fillers.map((filler) => parentPath(pathOf(filler), 3))];
  const given = [...tables.map((table) => offlineStoreOf(table)?.bucket), ...fillers.map((filler) => inferenceTableOf(filler)?.bucket)];
  const buckets = given.flatMap((bucket) => referenceOf(bucket) ?? []);
  return (logicalId, resource) => {
    if (!STORE_TYPES.test(resource.Type)) return false;
    const bucket = resource.Type === 'AWS::S3::BucketPolicy' ? referenceOf(resource.Properties?.Bucket) : logicalId;
    return (bucket !== undefined && buckets.includes(bucket)) || parents.some((parent) => pathOf(resource).startsWith(parent));
  };
}

/** The path of an ancestor, `levels` above a path, with a slash at its end. No resource is below an empty path. */
function parentPath(path: string, levels: number): string {
  const parts = path.split('/').slice(0, -levels);
  return parts.length === 0 ? '/' : `${parts.join('/')}/`;
}

/** The path of a resource in the construct tree, which the CDK writes into its metadata: `Stack/Houses/Table/Resource`. */
function pathOf({ Metadata }: Resource): string {
  return String(Metadata?.['aws:cdk:path'] ?? '');
}

/** The logical id in a `Ref`. */
function referenceOf(value: JsonValue | undefined): string | undefined {
  return (value as { readonly Ref?: string } | null | undefined)?.Ref;
}
