import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FolderStore } from '../../../lambda/stores/folder-store';
import { holds } from '../../../lambda/offline/feature-schema';
import { type FieldType } from '../../../lambda/parquet/schema';
import { parseSchema } from '../../../lambda/delta/schema';
import { type ColumnSpec, type ScalarType } from '../../../lib/contract/data-types';
import type { TableSpec } from '../../../lib/contract/endpoint-spec';
import { DELTA_TABLES, jsonForm } from '../../helpers/delta';
import { materializedTable } from '../../helpers/materialization';

interface ExpectedTable {
  readonly key: readonly string[];
  readonly schema: object;
  readonly versions: readonly { readonly version: number; readonly columns: string[]; readonly rows?: unknown[][] }[];
}

const TYPES: readonly ScalarType[] = ['boolean', 'integer', 'long', 'float', 'double', 'string', 'binary', 'date', 'timestamp'];
const KEY_TYPES: readonly unknown[] = ['string', 'integer', 'long'];

const tables = readdirSync(DELTA_TABLES).filter((name) => name !== 'bad');

function expectedOf(table: string): ExpectedTable {
  return JSON.parse(readFileSync(join(DELTA_TABLES, table, 'expected.json'), 'utf8')) as ExpectedTable;
}

/** The feature table that a Delta table can be: by its key and `updated_at`, with all columns of which there are features. */
function specOf(name: string, { key, schema }: ExpectedTable): { spec: TableSpec; types: Map<string, FieldType> } {
  const { fields } = parseSchema(JSON.stringify(schema), 'none');
  const columns = fields.flatMap(({ name, type }): ColumnSpec[] => {
    const own = TYPES.find((candidate) => holds(candidate, type));
    return own === undefined ? [] : [{ name, type: own }];
  });
  const primaryKey = columns.filter((column) => key.includes(column.name) && KEY_TYPES.includes(column.type));
  const timestampKey = columns.find((column) => column.name === 'updated_at');
  const features = columns.filter((column) => !primaryKey.includes(column) && column !== timestampKey);
  return { spec: { name, primaryKey, timestampKey, features }, types: new Map(fields.map(({ name, type }) => [name, type])) };
}

/** The latest row of each key, as expected.json has it. */
function latestByKey({ timestampKey, primaryKey, features }: TableSpec, columns: readonly string[], rows: readonly unknown[][]) {
  const at = (name: string) => columns.indexOf(name);
  const latest: Record<string, unknown[]> = {};
  for (const row of rows) {
    const key = primaryKey.map(({ name }) => String(row[at(name)])).join('|');
    const time = timestampKey && row[at(timestampKey.name)];
    const values = features.map(({ name, type }) => {
      const value = at(name) < 0 ? null : row[at(name)];
      return value === 'NaN' && (type === 'double' || type === 'float') ? null : value;
    });
    if (time === undefined) latest[key] = values;
    else if (!(latest[key] !== undefined && (latest[key][0] as string) > (time as string))) latest[key] = [time, ...values];
  }
  return latest;
}

test.each(tables)('%s: version by version, the online store has the latest row of every key', async (name) => {
  const expected = expectedOf(name);
  const { spec, types } = specOf(name, expected);
  const table = materializedTable(new FolderStore(join(DELTA_TABLES, name)), spec);
  const valueTypes = [...(spec.timestampKey ? [spec.timestampKey] : []), ...spec.features].map((column) => types.get(column.name)!);
  let compared = 0;
  for (const { version, columns, rows } of [...expected.versions].reverse()) {
    if (rows === undefined) continue;
    const report = await table.run({ version });
    expect(report).toMatchObject({ to: version, isUnfinished: false, stopped: undefined });
    const online = Object.entries(table.rows()).map(([key, values]) => [key, values.map((value, i) => jsonForm(value, valueTypes[i]!))]);
    expect(Object.fromEntries(online)).toEqual(latestByKey(spec, columns, rows));
    compared++;
  }
  expect(compared).toBeGreaterThan(0);
});
