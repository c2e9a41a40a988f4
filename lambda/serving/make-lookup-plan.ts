import type { Bindings, EndpointSpec, FeaturesSpec, LookupSpec, TableSpec } from '../../lib/spec/endpoint-spec';
import { attributeDecoder } from '../online/attribute';
import { keyEncoder } from '../online/key';
import type { Needed } from './needed-columns';
import type { LookupPlan, LookupRound } from './plan';

/** The lookups that are needed, in rounds: each as early as its key is known. */
export function planLookups(
  spec: EndpointSpec,
  bindings: Bindings,
  features: FeaturesSpec,
  indexOf: ReadonlyMap<string, number>,
  needed: Needed,
): LookupRound[] {
  const roundOf = new Map<string, number>();
  const rounds: LookupSpec[][] = [];
  for (const lookup of features.lookups) {
    const round = Math.max(0, ...lookup.lookupKey.map((column) => (roundOf.get(column) ?? -1) + 1));
    for (const { column } of lookup.features) roundOf.set(column.name, round);
    const used = lookup.features.filter(({ column }) => needed.values.has(column.name) || needed.keys.has(column.name));
    if (used.length > 0) (rounds[round] ??= []).push({ ...lookup, features: used });
  }
  return rounds.map((lookups) => planRound(spec, bindings, lookups, indexOf));
}

/** A table that is looked up twice is read once, with what both need. */
function planRound(
  spec: EndpointSpec,
  bindings: Bindings,
  lookups: readonly LookupSpec[],
  indexOf: ReadonlyMap<string, number>,
): LookupRound {
  const names = [...new Set(lookups.map(({ table }) => table))];
  const tables = names.map((name) => spec.tables.find((table) => table.name === name)!);
  return {
    tables: tables.map((table) => ({ tableName: physicalName(bindings, table.name), attributes: attributesOf(table, lookups) })),
    lookups: lookups.map((lookup) => planLookup(names.indexOf(lookup.table), tables[names.indexOf(lookup.table)]!, lookup, indexOf)),
  };
}

function planLookup(place: number, table: TableSpec, lookup: LookupSpec, indexOf: ReadonlyMap<string, number>): LookupPlan {
  return {
    table: place,
    featureTableName: table.name,
    key: lookup.lookupKey.map((name) => indexOf.get(name)!),
    primaryKey: table.primaryKey.map(({ name }) => name),
    encodeKey: keyEncoder(table.primaryKey),
    maxAge: table.maxAgeSeconds === undefined ? undefined : table.maxAgeSeconds * 1_000_000,
    expires: table.timeToLiveSeconds !== undefined,
    features: lookup.features.map(({ feature, column }) => ({
      attribute: feature,
      column: indexOf.get(column.name)!,
      decode: attributeDecoder({ name: feature, type: column.type }),
    })),
  };
}

function attributesOf({ name, maxAgeSeconds, timeToLiveSeconds }: TableSpec, lookups: readonly LookupSpec[]): string[] {
  const features = lookups.filter(({ table }) => table === name).flatMap((lookup) => lookup.features.map(({ feature }) => feature));
  return [...new Set(features), ...(maxAgeSeconds === undefined ? [] : ['_ts']), ...(timeToLiveSeconds === undefined ? [] : ['_ttl'])];
}

function physicalName({ tables }: Bindings, featureTableName: string): string {
  const name = Object.hasOwn(tables, featureTableName) ? tables[featureTableName] : undefined;
  if (name === undefined) throw new Error(`bindings: expected the physical name of feature table '${featureTableName}', got: nothing`);
  return name;
}
