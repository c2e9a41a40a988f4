import { checkExpression } from './expression';
import { resolveEntity, type ResolvedEntity } from '../contract/check-entity';
import { type DataType } from '../contract/data-types';
import { type ModelSpec } from '../contract/endpoint-spec';
import { tableSpecOf } from './feature-lookup';
import { type RenderedFeatures } from './rendered-features';

const NO_FEATURES: RenderedFeatures = {
  features: { requestColumns: [], lookups: [], functions: [], exclude: [] },
  declaredRequestColumns: [],
  overridable: [],
  tables: [],
  functionFiles: [],
};

/** Holds a feature spec and the model that it feeds, if any, against each other. The caller passes the findings to `refuseFindings`. */
export function resolveFeatures(
  rendered: RenderedFeatures = NO_FEATURES,
  model?: ModelSpec,
  requestTypes?: ReadonlyMap<string, DataType>,
): ResolvedEntity {
  const { features, declaredRequestColumns, overridable, tables } = rendered;
  return resolveEntity(
    { features, declaredRequestColumns, overridable, tables: tables.map(tableSpecOf), model, requestTypes },
    checkExpression,
  );
}
