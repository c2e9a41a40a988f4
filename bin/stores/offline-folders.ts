import { join } from 'node:path';
import type { StackFeatureTable, StackInferenceTable } from '../app/cloud-assembly';

/** The default folder of the offline stores of `dev`, in the app's folder. */
export const OFFLINE_FOLDER = join('.cdk-ml-serving', 'offline');

/**
 * The folders of the offline stores, by `<stack>/<feature table>`: `<root>/<feature table>`, or `<root>/<stack>/<feature table>` if several stacks
 * have a table of the name.
 */
export function offlineFolders(tables: readonly StackFeatureTable[], root: string): ReadonlyMap<string, string> {
  const stored = tables.filter(({ offlineStore }) => offlineStore !== undefined);
  return foldersOf(
    stored.map(({ stack, spec }) => [stack.displayName, spec.name]),
    root,
  );
}

/**
 * The folders of the inference tables, by `<stack>/<endpoint>`: `<root>/<endpoint>_inference`, or `<root>/<stack>/<endpoint>_inference` if several
 * stacks have an endpoint of the name.
 */
export function inferenceFolders(tables: readonly StackInferenceTable[], root: string): ReadonlyMap<string, string> {
  const folders = foldersOf(
    tables.map(({ stack, endpointName }) => [stack.displayName, endpointName]),
    root,
  );
  return new Map(Array.from(folders, ([key, folder]) => [key, `${folder}_inference`]));
}

function foldersOf(names: readonly (readonly [stack: string, name: string])[], root: string): ReadonlyMap<string, string> {
  const isUnique = (name: string): boolean => names.filter(([, other]) => other === name).length === 1;
  return new Map(
    names.map(([stack, name]) => {
      const key = `${stack}/${name}`;
      return [key, join(root, isUnique(name) ? name : key)];
    }),
  );
}
