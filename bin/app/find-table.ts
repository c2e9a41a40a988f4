import { type CloudAssembly, featureTablesOf, type StackFeatureTable } from './cloud-assembly';
import { UserError } from '../terminal/user-error';

/**
 * Finds the feature table with a name: `table`, or `Stack/table` if several stacks have the table.
 * @throws UserError if there is no table with the name, if there are several, or if it is externally managed
 */
export function findTable(assembly: CloudAssembly, name: string): StackFeatureTable {
  const all = featureTablesOf(assembly);
  const found = all.filter((table) => table.spec.name === name || qualifiedName(table) === name);
  if (found.length === 1) return found[0]!;
  if (found.length > 1)
    throw new UserError(`expected the name of one feature table, got: ${name}, which is ${found.map(qualifiedName).join(' and ')}`);
  if (
    assembly.stacks.some(({ displayName, existingTables }) =>
      existingTables.some((table) => [table, `${displayName}/${table}`].includes(name)),
    )
  ) {
    throw new UserError(
      `expected a feature table that the app fills, got: ${name}, whose online store is an externally managed table (OnlineStore.existing)`,
    );
  }
  const known = all.length === 0 ? 'no feature table' : all.map(qualifiedName).join(', ');
  throw new UserError(`expected the name of a feature table, got: ${name}; the app has ${known}`);
}

/** `Stack/table`, which is unique in an app. */
export function qualifiedName({ stack, spec }: StackFeatureTable): string {
  return `${stack.displayName}/${spec.name}`;
}
