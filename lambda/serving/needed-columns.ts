import type { FeaturesSpec, ModelSpec } from '../../lib/contract/endpoint-spec';
import { paramColumnName } from '../../lib/contract/params';
import { versionColumns } from '../../lib/contract/version-columns';

/** What of a feature spec has to be known to answer. */
export interface Needed {
  /** The columns whose value is used: by the model, the answer or a function. */
  readonly values: ReadonlySet<string>;
  /** The columns that give the key of a lookup. */
  readonly keys: ReadonlySet<string>;
  /** The columns of which a missing value that has no default is refused, unless it may be null. */
  readonly required: ReadonlySet<string>;
}

/** The columns that what a model version takes goes back to. */
export function neededByModel(features: FeaturesSpec, model: ModelSpec): Needed {
  const params = model.routine === undefined ? [] : (model.params ?? []).map(paramColumnName);
  const values = new Set([...versionColumns(model).map(({ column }) => column.name), ...params]);
  // functions are in an order in which their inputs are known, so from the last to the first none is asked for too late
  for (const { output, inputs } of [...features.functions].reverse()) {
    if (values.has(output.name)) for (const { column } of inputs) values.add(column);
  }
  const keys = new Set<string>();
  for (const lookup of [...features.lookups].reverse()) {
    if (lookup.features.some(({ column }) => values.has(column.name) || keys.has(column.name)))
      for (const column of lookup.lookupKey) keys.add(column);
  }
  return { values, keys, required: values };
}

/** Feature serving answers everything, and computes even what it excludes. */
export function neededByAnswer({ requestColumns, lookups, functions }: FeaturesSpec): Needed {
  return {
    values: new Set([
      ...requestColumns,
      ...lookups.flatMap(({ features }) => features.map(({ column }) => column.name)),
      ...functions.map(({ output }) => output.name),
    ]),
    keys: new Set(lookups.flatMap(({ lookupKey }) => lookupKey)),
    required: new Set(),
  };
}

/** All that the features of a model version give, beside what it takes itself: the rest may be missing. */
export function neededForTraining(features: FeaturesSpec, model: ModelSpec): Needed {
  const { values, keys } = neededByAnswer(features);
  const params = (model.params ?? []).map(paramColumnName);
  return { values: new Set([...values, ...params]), keys, required: neededByModel(features, model).required };
}
