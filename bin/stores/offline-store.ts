import { FolderStore } from '../../lambda/offline/folder-store';
import type { ObjectStore } from '../../lambda/offline/object-store';
import type { StackFeatureTable } from '../cloud-assembly';
import { UserError } from '../user-error';
import { findOfflineStore, placeText } from './offline-place';
import type { StoreOptions } from './store-options';

/** The offline store of a feature table. */
export interface OfflineStore {
  /** The files of the Delta Lake table, which may not have been made yet. */
  readonly files: ObjectStore;
  /** Where they are, as one would type it: a folder, or `s3://bucket/prefix`. */
  readonly place: string;
}

/**
 * Opens the offline store of a feature table.
 * @throws UserError when the table has none, when it is not deployed, or when no `dev` runs that has it
 */
export async function openOfflineStore(table: StackFeatureTable, options: StoreOptions): Promise<OfflineStore> {
  const place = await findOfflineStore(table, options);
  if (place.kind === 'bucket') throw new UserError(`expected a store in a folder, got: ${placeText(place)}`);
  return { files: new FolderStore(place.folder), place: placeText(place) };
}
