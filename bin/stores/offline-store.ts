import { PROCESS_IO } from '../../lambda/process-io';
import { FolderStore } from '../../lambda/stores/folder-store';
import type { WritableStore } from '../../lambda/stores/object-store';
import { s3Client, S3Store } from '../../lambda/stores/s3-store';
import type { StackFeatureTable } from '../app/cloud-assembly';
import { findOfflineStore, type OfflinePlace, placeText } from './offline-place';
import { type AwsOptions, clientSettings, type StoreOptions } from './store-options';

/** The offline store of a feature table. */
export interface OfflineStore {
  /** The files of the Delta Lake table, which need not exist yet. */
  readonly files: WritableStore;
  /** A folder, or `s3://bucket/prefix`. */
  readonly place: string;
}

/**
 * Opens the offline store of a feature table.
 * @throws UserError if the table has none, or if neither a deployed stack nor the running `dev` has it
 */
export async function openOfflineStore(table: StackFeatureTable, options: StoreOptions): Promise<OfflineStore> {
  const place = await findOfflineStore(table, options);
  return { files: openPlace(place, clientSettings(table.stack, options)), place: placeText(place) };
}

/** Opens the files at a place. */
export function openPlace(place: OfflinePlace, settings: AwsOptions): WritableStore {
  if (place.kind === 'folder') return new FolderStore(place.folder);
  const io = { ...PROCESS_IO, client: s3Client(process.env, settings) };
  return new S3Store(io, place.bucket, place.prefix);
}
