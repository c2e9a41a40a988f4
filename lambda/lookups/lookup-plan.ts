import type { TableSpec } from '../../lib/contract/endpoint-spec';
import type { AttributeDecoder } from '../online/attribute';
import type { Item } from '../online/reader';

/** Lookups whose keys are known at the same time. */
export interface LookupRound {
  readonly tables: readonly LookedUpTablePlan[];
  readonly lookups: readonly LookupPlan[];
}

/** A table and the features that a round's lookups read from it. */
export interface LookedUpTablePlan {
  readonly spec: TableSpec;
  /** The physical name of its online store. */
  readonly tableName: string;
  /** The attributes to read online. */
  readonly attributes: readonly string[];
  /** Reads the event time of an online item, in microseconds since 1970; NaN where the item has none. */
  readonly eventTimeOf: (item: Item) => number;
  /** The names of the features to read. */
  readonly features: readonly string[];
}

/** Features of one table under one key. */
export interface LookupPlan {
  /** The index of the table in its round. */
  readonly table: number;
  /** The name of the feature table in error messages. */
  readonly featureTableName: string;
  /** The columns that give the key, in the order of the primary key. */
  readonly key: readonly number[];
  /** The names of the primary key's columns. */
  readonly primaryKey: readonly string[];
  /** @throws InvalidKey */
  readonly encodeKey: (parts: readonly unknown[]) => string;
  /** The maximum age of a row, in microseconds; undefined means any age. */
  readonly maxAge: number | undefined;
  readonly features: readonly LookedUpFeaturePlan[];
}

/** A looked-up feature. */
export interface LookedUpFeaturePlan {
  /** The attribute that holds it online, and the decoder of the attribute. */
  readonly attribute: string;
  readonly decode: AttributeDecoder;
  /** Its index among the features of its table in the round. */
  readonly place: number;
  /** The index of its column in the plan. */
  readonly column: number;
}
