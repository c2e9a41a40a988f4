import { setTimeout } from 'node:timers/promises';
import { FolderStore } from '../../lambda/offline/folder-store';
import type { WritableStore } from '../../lambda/offline/object-store';
import { s3Client, S3Store } from '../../lambda/offline/s3-store';
import type { StackFeatureTable } from '../cloud-assembly';
import { findOfflineStore, placeText } from './offline-place';
import { clientSettings, type StoreOptions } from './store-options';

/** The offline store of a feature table. */
export interface OfflineStore {
  /** The files of the Delta Lake table, which may not have been made yet. */
  readonly files: WritableStore;
  /** Where they are, as one would type it: a folder, or `s3://bucket/prefix`. */
  readonly place: string;
}

/**
 * Opens the offline store of a feature table.
 * @throws UserError when the table has none, when it is not deployed, or when no `dev` runs that has it
 */
export async function openOfflineStore(table: StackFeatureTable, options: StoreOptions): Promise<OfflineStore> {
  const found = await findOfflineStore(table, options);
  const place = placeText(found);
  if (found.kind === 'folder') return { files: new FolderStore(found.folder), place };
  const client = s3Client(process.env, clientSettings(table.stack, options));
  const io = { client, random: Math.random, sleep: (milliseconds: number) => setTimeout(milliseconds) };
  return { files: new S3Store(io, found.bucket, found.prefix), place };
}
