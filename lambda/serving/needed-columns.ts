import type { FeaturesSpec, ModelSpec } from '../../lib/contract/endpoint-spec';
import { paramColumnName } from '../../lib/contract/params';
import { versionColumns } from '../../lib/contract/version-columns';

/** The columns of a feature spec that an answer needs. */
export interface Needed {
  /** The columns whose value is used: by the model, the answer or a function. */
  readonly values: ReadonlySet<string>;
  /** The columns that give the key of a lookup. */
  readonly keys: ReadonlySet<string>;
  /** The columns that may not be missing, unless they have a default or may be null. */
  readonly required: ReadonlySet<string>;
}

/** The columns that a model version needs, directly or through functions and lookups. */
export function neededByModel(features: FeaturesSpec, model: ModelSpec): Needed {
  const params = model.routine === undefined ? [] : (model.params ?? []).map(paramColumnName);
  const values = new Set([...versionColumns(model).map(({ column }) => column.name), ...params]);
  // a function comes after the functions that it needs, so one pass from the last to the first finds all
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

/** Feature serving needs all columns, and computes even the excluded ones. */
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

/** A training set needs all features of a model version; the features that the model does not need may be missing. */
export function neededForTraining(features: FeaturesSpec, model: ModelSpec): Needed {
  const { values, keys } = neededByAnswer(features);
  const params = (model.params ?? []).map(paramColumnName);
  return { values: new Set([...values, ...params]), keys, required: neededByModel(features, model).required };
}
