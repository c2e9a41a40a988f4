import { join } from 'node:path';
import type { StackFeatureTable } from '../cloud-assembly';
import { qualifiedName } from './find-table';

/** Where the offline stores of an app lie on this machine unless `dev` is told otherwise, from the app's folder. */
export const OFFLINE_FOLDER = join('.cdk-ml-serving', 'offline');

/**
 * The folders of the feature tables that have an offline store, by `<stack>/<feature table>`: the table's name below the root, or stack and
 * name where several have it.
 */
export function offlineFolders(tables: readonly StackFeatureTable[], root: string): ReadonlyMap<string, string> {
  const stored = tables.filter(({ offlineStore }) => offlineStore !== undefined);
  const isAlone = (name: string): boolean => stored.filter(({ spec }) => spec.name === name).length === 1;
  return new Map(
    stored.map((table) => {
      const key = qualifiedName(table);
      return [key, join(root, isAlone(table.spec.name) ? table.spec.name : key)];
    }),
  );
}
