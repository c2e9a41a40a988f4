import type { JsonValue } from '../../lib/contract/data-types';
import type { Stack, StackFeatureTable } from '../app/cloud-assembly';
import { qualifiedName } from '../app/find-table';
import { UserError } from '../terminal/user-error';
import { localNameOf, runningDev } from './running-dev';
import { exportedValue, physicalName } from './stack-resources';
import type { StoreOptions } from './store-options';

/** Where the Delta Lake table of a feature table lies. */
export type OfflinePlace =
  { readonly kind: 'folder'; readonly folder: string } | { readonly kind: 'bucket'; readonly bucket: string; readonly prefix: string };

/**
 * Finds where the offline store of a feature table is.
 * @throws UserError when the table has none, when it is not deployed, or when no `dev` runs that has it
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

/** The place as one would type it. */
export function placeText(place: OfflinePlace): string {
  if (place.kind === 'folder') return place.folder;
  return `s3://${place.bucket}${place.prefix === '' ? '' : `/${place.prefix}`}`;
}

/**
 * The name of a bucket that a template says.
 * @param of whose bucket it is, as errors call it
 * @throws UserError when the template does not say it in a way that can be asked for
 */
export async function bucketName(stack: Stack, of: string, bucket: JsonValue, options: StoreOptions): Promise<string> {
  if (typeof bucket === 'string') return bucket;
  const { Ref: logicalId, 'Fn::ImportValue': exportName } = (bucket ?? {}) as { readonly [name: string]: JsonValue | undefined };
  if (typeof logicalId === 'string' && stack.template.Resources?.[logicalId] !== undefined) {
    return physicalName(stack, logicalId, options);
  }
  const imported = typeof exportName === 'string' ? await exportedValue(stack, exportName, options) : undefined;
  if (imported !== undefined) return imported;
  throw new UserError(
    `expected the bucket of ${of} by its name, its stack's resource or an export, got: ${JSON.stringify(bucket)}; name it with --bucket`,
  );
}
