import { join } from 'node:path';
import type { StackFeatureTable, StackInferenceTable } from '../app/cloud-assembly';

/** Where the offline stores of an app lie on this machine unless `dev` is told otherwise, from the app's folder. */
export const OFFLINE_FOLDER = join('.cdk-ml-serving', 'offline');

/**
 * The folders of the feature tables that have an offline store, by `<stack>/<feature table>`: the table's name below the root, or stack and
 * name where several have it.
 */
export function offlineFolders(tables: readonly StackFeatureTable[], root: string): ReadonlyMap<string, string> {
  const stored = tables.filter(({ offlineStore }) => offlineStore !== undefined);
  return foldersOf(
    stored.map(({ stack, spec }) => [stack.displayName, spec.name]),
    root,
  );
}

/**
 * The folders of inference tables, by `<stack>/<endpoint>`: the endpoint's name and `_inference` below the root, or stack and name where several
 * have it.
 */
export function inferenceFolders(tables: readonly StackInferenceTable[], root: string): ReadonlyMap<string, string> {
  const folders = foldersOf(
    tables.map(({ stack, endpointName }) => [stack.displayName, endpointName]),
    root,
  );
  return new Map(Array.from(folders, ([key, folder]) => [key, `${folder}_inference`]));
}

function foldersOf(names: readonly (readonly [stack: string, name: string])[], root: string): ReadonlyMap<string, string> {
  const isAlone = (name: string): boolean => names.filter(([, other]) => other === name).length === 1;
  return new Map(
    names.map(([stack, name]) => {
      const key = `${stack}/${name}`;
      return [key, join(root, isAlone(name) ? name : key)];
    }),
  );
}
