import type { Bindings, EndpointSpec, FeaturesSpec, LookupSpec, TableSpec } from '../../lib/contract/endpoint-spec';
import { attributeDecoder } from '../online/attribute';
import { EVENT_TIME, eventTimeReader } from '../online/event-time';
import { keyEncoder, plainKeyEncoder } from '../online/key';
import type { Needed } from './needed-columns';
import type { LookedUpTablePlan, LookupPlan, LookupRound } from '../lookups/lookup-plan';

/** Plans the needed lookups, each in the first round in which its key is known. */
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

/** Plans a round. A table with several lookups is read once, with the features of all of them. */
function planRound(
  spec: EndpointSpec,
  bindings: Bindings,
  lookups: readonly LookupSpec[],
  indexOf: ReadonlyMap<string, number>,
): LookupRound {
  const names = [...new Set(lookups.map(({ table }) => table))];
  const tables = names.map((name) =>
    planTable(
      bindings,
      spec.tables.find((table) => table.name === name)!,
      lookups,
    ),
  );
  return {
    tables,
    lookups: lookups.map((lookup) => planLookup(names.indexOf(lookup.table), tables, lookup, indexOf)),
  };
}

function planTable(bindings: Bindings, spec: TableSpec, lookups: readonly LookupSpec[]): LookedUpTablePlan {
  const { name, maxAgeSeconds, timeToLiveSeconds, existing } = spec;
  const eventTime = existing?.eventTime ?? EVENT_TIME;
  const used = lookups.filter(({ table }) => table === name).flatMap((lookup) => lookup.features.map(({ feature }) => feature));
  const features = [...new Set(used)];
  return {
    spec,
    tableName: physicalName(bindings, name),
    attributes: [
      ...features.map((feature) => attributeOf(spec, feature)),
      ...(existing === undefined ? ['_deleted'] : []),
      ...(maxAgeSeconds === undefined ? [] : [eventTime.attribute]),
      ...(timeToLiveSeconds === undefined ? [] : ['_ttl']),
    ],
    eventTimeOf: eventTimeReader(eventTime),
    features,
  };
}

function planLookup(
  table: number,
  tables: readonly LookedUpTablePlan[],
  lookup: LookupSpec,
  indexOf: ReadonlyMap<string, number>,
): LookupPlan {
  const { spec, features } = tables[table]!;
  return {
    table,
    featureTableName: spec.name,
    key: lookup.lookupKey.map((name) => indexOf.get(name)!),
    primaryKey: spec.primaryKey.map(({ name }) => name),
    encodeKey: spec.existing === undefined ? keyEncoder(spec.primaryKey) : plainKeyEncoder(spec.primaryKey),
    maxAge: spec.maxAgeSeconds === undefined ? undefined : spec.maxAgeSeconds * 1_000_000,
    features: lookup.features.map(({ feature, column }) => {
      const attribute = attributeOf(spec, feature);
      return {
        attribute,
        decode: attributeDecoder({ name: attribute, type: column.type }),
        place: features.indexOf(feature),
        column: indexOf.get(column.name)!,
      };
    }),
  };
}

/** The attribute that holds a feature. */
function attributeOf({ features, existing }: TableSpec, feature: string): string {
  return existing === undefined ? feature : existing.features[features.findIndex(({ name }) => name === feature)]!;
}

function physicalName({ tables }: Bindings, featureTableName: string): string {
  const name = Object.hasOwn(tables, featureTableName) ? tables[featureTableName] : undefined;
  if (name === undefined) throw new Error(`bindings: expected the physical name of feature table '${featureTableName}', got: nothing`);
  return name;
}
