import { KEY_ATTRIBUTES } from '../../lambda/online/key-attributes';
import { type LocalFunction, servedBy } from '../functions/local-function';
import type { LocalTable } from './plan';

/** A table that endpoints look rows up in and the app does not make. */
export interface ForeignTable extends Pick<LocalTable, 'name' | 'definition'> {
  /** The feature tables' names, as endpoints know them. */
  readonly featureTableNames: readonly string[];
}

/** The tables of other apps in which the endpoints look rows up: what they hold is not here, so lookups find nothing. */
export function foreignTables(functions: readonly LocalFunction[], own: readonly LocalTable[]): ForeignTable[] {
  const found = new Map<string, ForeignTable>();
  for (const { spec, bindings } of functions.flatMap((fn) => servedBy(fn) ?? [])) {
    for (const { name: featureTableName, existing } of spec.tables) {
      const name = bindings.tables[featureTableName]!;
      if (own.some((table) => table.name === name)) continue;
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

/** A foreign table as a line of what this machine does not run. */
export function foreignText({ name, featureTableNames }: ForeignTable): string {
  return `rows of ${featureTableNames.join(', ')}: the DynamoDB table ${name} is another app's, and empty here`;
}
