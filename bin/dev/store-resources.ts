import type { JsonValue } from '../../lib/spec/data-types';
import { offlineStoreOf, type Resource, type Stack } from '../cloud-assembly';

/** Types of what a feature table has for its offline store and the way from there online: here that is a folder, which `dev` watches. */
const STORE_TYPES = /^AWS::(S3|SQS|Events|Scheduler)::|^AWS::Lambda::EventSourceMapping$/;

/**
 * Tells which resources of a stack are of the offline stores of its feature tables: they lie below a feature table in the tree of constructs, or
 * are a bucket that one was given.
 */
export function storeResourcesOf({ template }: Stack): (logicalId: string, resource: Resource) => boolean {
  const tables = Object.values(template.Resources ?? {}).filter((resource) => offlineStoreOf(resource) !== undefined);
  const parents = tables.flatMap((table) => /^(.+\/)[^/]+\/[^/]+$/.exec(pathOf(table))?.[1] ?? []);
  const buckets = tables.flatMap((table) => referenceOf(offlineStoreOf(table)?.bucket) ?? []);
  return (logicalId, resource) => {
    if (!STORE_TYPES.test(resource.Type)) return false;
    const bucket = resource.Type === 'AWS::S3::BucketPolicy' ? referenceOf(resource.Properties?.Bucket) : logicalId;
    return (bucket !== undefined && buckets.includes(bucket)) || parents.some((parent) => pathOf(resource).startsWith(parent));
  };
}

/** Where the resource is in the tree of constructs, as the CDK notes it: `Stack/Houses/Table/Resource`. */
function pathOf({ Metadata }: Resource): string {
  return String(Metadata?.['aws:cdk:path'] ?? '');
}

/** The logical id that a `Ref` names. */
function referenceOf(value: JsonValue | undefined): string | undefined {
  return (value as { readonly Ref?: string } | null | undefined)?.Ref;
}
