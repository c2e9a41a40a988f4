// The endpoint that the recorded requests of the fixtures were made for.
import { parse } from 'csv-parse/sync';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ColumnSpec, JsonValue, ScalarType } from '../../lib/contract/data-types';
import { type EndpointSpec, type FeaturesSpec, SPEC_VERSION, type TableSpec } from '../../lib/contract/endpoint-spec';
import { type AssetFiles, fixtureModel } from './endpoint-asset';
import type { MemoryTable } from './memory-reader';

const FIXTURES = join(__dirname, '..', 'fixtures');

interface RequestsSpec {
  readonly request: Readonly<Record<string, ScalarType>>;
  readonly lookup: { readonly table: string; readonly features: Readonly<Record<string, { type: ScalarType; defaultValue?: JsonValue }>> };
}

/** The bindings that name the table of {@link houseTable}. */
export const HOUSE_BINDINGS = JSON.stringify({ tables: { house_features: 'physical-house-features' } });

/** The feature table of the fixtures' houses, with all its rows. */
export function houseTable(): MemoryTable {
  const { lookup } = requestsSpec();
  const features = Object.entries(lookup.features).map(([name, { type, defaultValue }]): ColumnSpec => ({
    name,
    type,
    ...(defaultValue === undefined ? {} : { defaultValue }),
  }));
  const spec: TableSpec = {
    name: lookup.table,
    primaryKey: [{ name: 'id', type: 'string' }],
    timestampKey: { name: 'updated_at', type: 'timestamp' },
    features,
  };
  const records: Record<string, string>[] = parse(readFileSync(join(FIXTURES, 'house_features.csv')), { columns: true });
  const rows = records.map((record) => ({
    id: record.id,
    ...Object.fromEntries(features.map(({ name }) => [name, record[name] === '' ? undefined : Number(record[name])])),
  }));
  return { spec, rows };
}

/** The endpoint that looks houses up, computes their age and scores `house_price_a`; or one that answers the features themselves. */
export function houseEndpoint(kind: 'model' | 'features'): { spec: EndpointSpec; files: AssetFiles } {
  const { request } = requestsSpec();
  const { spec: table } = houseTable();
  const requestColumns = Object.entries(request).map(([name, type]): ColumnSpec => ({ name, type }));
  const features: FeaturesSpec = {
    requestColumns: requestColumns.map(({ name }) => name),
    lookups: [{ table: table.name, lookupKey: ['id'], features: table.features.map((column) => ({ feature: column.name, column })) }],
    functions: [
      {
        kind: 'expression',
        name: 'house_age',
        expression: 'sold - built',
        inputs: [
          { name: 'sold', column: 'yr_sold' },
          { name: 'built', column: 'year_built' },
        ],
        output: { name: 'house_age', type: 'integer' },
        nullsIn: false,
      },
    ],
    exclude: kind === 'features' ? ['mo_sold'] : [],
  };
  const { model, files } = fixtureModel('house_price_a', { type: 'float' });
  return {
    spec: {
      specVersion: SPEC_VERSION,
      endpointName: 'prices',
      tables: [table],
      requestColumns,
      servedEntities: [kind === 'model' ? { kind, name: 'model_A', model, features } : { kind, name: 'houses', features }],
    },
    files: kind === 'model' ? files : {},
  };
}

function requestsSpec(): RequestsSpec {
  return JSON.parse(readFileSync(join(FIXTURES, 'requests_spec.json'), 'utf8')) as RequestsSpec;
}
