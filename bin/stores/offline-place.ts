import type { JsonValue } from '../../lib/contract/data-types';
import type { Stack, StackFeatureTable } from '../app/cloud-assembly';
import { qualifiedName } from '../app/find-table';
import { UserError } from '../terminal/user-error';
import { localNameOf, runningDev } from './running-dev';
import { exportedValue, physicalName } from './stack-resources';
import type { StoreOptions } from './store-options';

/** Where a Delta Lake table is. It is plain data, so it can be sent to another process. */
export type OfflinePlace =
  { readonly kind: 'folder'; readonly folder: string } | { readonly kind: 'bucket'; readonly bucket: string; readonly prefix: string };

/**
 * Finds the offline store of a feature table.
 * @throws UserError if the table has none, or if neither a deployed stack nor the running `dev` has it
 */
export async function findOfflineStore(table: StackFeatureTable, options: StoreOptions): Promise<OfflinePlace> {
  const { offlineStore } = table;
  if (offlineStore === undefined) {
    throw new UserError(`expected a feature table with an offline store, got: ${qualifiedName(table)}, which has an online store only`);
  }
  if (options.local) return { kind: 'folder', folder: localNameOf(table, runningDev().offlineFolders) };
  const bucket = options.bucket ?? (await bucketName(table.stack, qualifiedName(table), offlineStore.bucket, options));
  return { kind: 'bucket', bucket, prefix: offlineStore.prefix };
}

/** The text of a place: a folder, or `s3://bucket/prefix`. */
export function placeText(place: OfflinePlace): string {
  if (place.kind === 'folder') return place.folder;
  return `s3://${place.bucket}${place.prefix === '' ? '' : `/${place.prefix}`}`;
}

/**
 * Finds the name of a bucket in a template.
 * @param owner the table with the bucket, in messages
 * @throws UserError if the template has neither a name, nor a resource of the stack, nor an export
 */
export async function bucketName(stack: Stack, owner: string, bucket: JsonValue, options: StoreOptions): Promise<string> {
  if (typeof bucket === 'string') return bucket;
  const { Ref: logicalId, 'Fn::ImportValue': exportName } = (bucket ?? {}) as { readonly [name: string]: JsonValue | undefined };
  if (typeof logicalId === 'string' && stack.template.Resources?.[logicalId] !== undefined) {
    return physicalName(stack, logicalId, options);
  }
  const imported = typeof exportName === 'string' ? await exportedValue(stack, exportName, options) : undefined;
  if (imported !== undefined) return imported;
  throw new UserError(
    `expected the bucket of ${owner} as a name, a resource of the stack or an export, got: ${JSON.stringify(bucket)}; name it with --bucket`,
  );
}
