import type { JsonValue } from '../../lib/contract/data-types';
import { inferenceTableOf, offlineStoreOf, type Resource, type Stack } from '../app/cloud-assembly';

/**
 * Types of what a feature table has for its offline store and the way from there online, and an endpoint for its inference table: here these are
 * folders, which `dev` watches and writes.
 */
const STORE_TYPES = /^AWS::(S3|SQS|Events|Scheduler|KinesisFirehose)::|^AWS::Lambda::EventSourceMapping$/;

/**
 * Tells which resources of a stack are of the offline stores of its feature tables or of its inference tables: they lie below one in the tree of
 * constructs, or are a bucket that one was given.
 */
export function storeResourcesOf({ template }: Stack): (logicalId: string, resource: Resource) => boolean {
  const resources = Object.values(template.Resources ?? {});
  const tables = resources.filter((resource) => offlineStoreOf(resource) !== undefined);
  const fillers = resources.filter((resource) => inferenceTableOf(resource) !== undefined);
  const parents = [...tables.map((table) => above(pathOf(table), 2)), ...fillers.map((filler) => above(pathOf(filler), 3))];
  const given = [...tables.map((table) => offlineStoreOf(table)?.bucket), ...fillers.map((filler) => inferenceTableOf(filler)?.bucket)];
  const buckets = given.flatMap((bucket) => referenceOf(bucket) ?? []);
  return (logicalId, resource) => {
    if (!STORE_TYPES.test(resource.Type)) return false;
    const bucket = resource.Type === 'AWS::S3::BucketPolicy' ? referenceOf(resource.Properties?.Bucket) : logicalId;
    return (bucket !== undefined && buckets.includes(bucket)) || parents.some((parent) => pathOf(resource).startsWith(parent));
  };
}

/** The path so many levels above another, with a slash at its end. A path that is not noted is above nothing. */
function above(path: string, levels: number): string {
  const parts = path.split('/').slice(0, -levels);
  return parts.length === 0 ? '/' : `${parts.join('/')}/`;
}

/** Where the resource is in the tree of constructs, as the CDK notes it: `Stack/Houses/Table/Resource`. */
function pathOf({ Metadata }: Resource): string {
  return String(Metadata?.['aws:cdk:path'] ?? '');
}

/** The logical id that a `Ref` names. */
function referenceOf(value: JsonValue | undefined): string | undefined {
  return (value as { readonly Ref?: string } | null | undefined)?.Ref;
}
