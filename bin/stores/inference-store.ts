import { type CloudAssembly, inferenceTablesOf, type StackInferenceTable } from '../app/cloud-assembly';
import { UserError } from '../terminal/user-error';
import { bucketName, type OfflinePlace, placeText } from './offline-place';
import { type OfflineStore, openPlace } from './offline-store';
import { runningDev } from './running-dev';
import { clientSettings, type StoreOptions } from './store-options';

/**
 * Opens the inference table of an endpoint by the endpoint's name, or by `Stack/name` if several stacks have the name.
 * @throws UserError if there is none, or more than one, or if neither a deployed stack nor the running `dev` has it
 */
export async function openInferenceTable(assembly: CloudAssembly, name: string, options: StoreOptions): Promise<OfflineStore> {
  const table = findInferenceTable(assembly, name);
  const place = await placeOf(table, options);
  return { files: openPlace(place, clientSettings(table.stack, options)), place: placeText(place) };
}

function findInferenceTable(assembly: CloudAssembly, name: string): StackInferenceTable {
  const all = inferenceTablesOf(assembly);
  const found = all.filter((table) => table.endpointName === name || qualified(table) === name);
  if (found.length === 1) return found[0]!;
  if (found.length > 1)
    throw new UserError(`expected the name of one endpoint, got: ${name}, which is ${found.map(qualified).join(' and ')}`);
  const known = all.length === 0 ? 'no inference table' : `the inference tables of ${all.map(qualified).join(', ')}`;
  throw new UserError(`expected the name of an endpoint with an inference table, got: ${name}; the app has ${known}`);
}

async function placeOf(table: StackInferenceTable, options: StoreOptions): Promise<OfflinePlace> {
  const { stack, prefix } = table;
  if (!options.local) {
    const bucket = options.bucket ?? (await bucketName(stack, `the inference table of ${qualified(table)}`, table.bucket, options));
    return { kind: 'bucket', bucket, prefix };
  }
  const folder = runningDev().inferenceFolders[qualified(table)];
  if (folder === undefined)
    throw new UserError(`expected ${qualified(table)} in the running \`dev\`, got: an app without it; restart \`dev\``);
  return { kind: 'folder', folder };
}

function qualified({ stack, endpointName }: StackInferenceTable): string {
  return `${stack.displayName}/${endpointName}`;
}
