import { type CloudAssembly, featureTablesOf, type StackFeatureTable } from './cloud-assembly';
import { qualifiedName } from '../stores/find-table';
import { UserError } from '../terminal/user-error';
import type { AppEndpoint } from './endpoint-code';

/**
 * The feature table that an endpoint looks up under a name: its own stack's, else the only one of the app.
 * @throws UserError when the app makes none of the name, or several
 */
export function tableOfEndpoint(assembly: CloudAssembly, { stack, spec }: AppEndpoint, name: string): StackFeatureTable {
  const named = featureTablesOf(assembly).filter((table) => table.spec.name === name);
  const own = named.filter((table) => table.stack === stack);
  const found = own.length > 0 ? own : named;
  if (found.length === 1) return found[0]!;
  const got = found.length === 0 ? 'one that was made elsewhere' : found.map(qualifiedName).join(' and ');
  throw new UserError(`${spec.endpointName}: expected one feature table '${name}' that the app makes, got: ${got}`);
}
