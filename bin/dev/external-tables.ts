import { KEY_ATTRIBUTES } from '../../lambda/online/key-attributes';
import { type LocalFunction, servedBy } from '../functions/local-function';
import type { LocalTable } from './plan';

/** A DynamoDB table that endpoints look rows up in and that the app does not make. */
export interface ExternalTable extends Pick<LocalTable, 'name' | 'definition'> {
  /** The names of its feature tables in the endpoints. */
  readonly featureTableNames: readonly string[];
}

/** Finds the externally managed tables that endpoints look rows up in. On this machine they start empty. */
export function externalTables(functions: readonly LocalFunction[], appTables: readonly LocalTable[]): ExternalTable[] {
  const found = new Map<string, ExternalTable>();
  for (const { spec, bindings } of functions.flatMap((fn) => servedBy(fn) ?? [])) {
    for (const { name: featureTableName, existing } of spec.tables) {
      const name = bindings.tables[featureTableName]!;
      if (appTables.some((table) => table.name === name)) continue;
      const featureTableNames = new Set([...(found.get(name)?.featureTableNames ?? []), featureTableName]);
      const key = existing?.key ?? KEY_ATTRIBUTES;
      const definition = {
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: key.map((attribute, i) => ({ AttributeName: attribute.name, KeyType: i === 0 ? 'HASH' : 'RANGE' })),
        AttributeDefinitions: key.map((attribute) => ({ AttributeName: attribute.name, AttributeType: attribute.type })),
      };
      found.set(name, { name, definition, featureTableNames: [...featureTableNames] });
    }
  }
  return [...found.values()];
}

/** Describes an externally managed table in the list of what does not run on this machine. */
export function externalTableText({ name, featureTableNames }: ExternalTable): string {
  return `rows of ${featureTableNames.join(', ')}: the DynamoDB table ${name} is externally managed, and empty here`;
}
