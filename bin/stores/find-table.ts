import { type CloudAssembly, featureTablesOf, type StackFeatureTable } from '../app/cloud-assembly';
import { UserError } from '../terminal/user-error';

/**
 * The feature table that a user names: by its name, or by `Stack/name` where several have it.
 * @throws UserError when there is none, or more than one
 */
export function findTable(assembly: CloudAssembly, name: string): StackFeatureTable {
  const all = featureTablesOf(assembly);
  const found = all.filter((table) => table.spec.name === name || qualifiedName(table) === name);
  if (found.length === 1) return found[0]!;
  if (found.length > 1)
    throw new UserError(`expected the name of one feature table, got: ${name}, which is ${found.map(qualifiedName).join(' and ')}`);
  if (
    assembly.stacks.some(({ displayName, existingTables }) => existingTables.some((own) => [own, `${displayName}/${own}`].includes(name)))
  ) {
    throw new UserError(`expected a feature table that the app fills, got: ${name}, whose online store somebody else fills`);
  }
  const known = all.length === 0 ? 'no feature table' : all.map(qualifiedName).join(', ');
  throw new UserError(`expected the name of a feature table, got: ${name}; the app has ${known}`);
}

/** `Stack/name`: what tells tables of the same name apart. */
export function qualifiedName({ stack, spec }: StackFeatureTable): string {
  return `${stack.displayName}/${spec.name}`;
}
