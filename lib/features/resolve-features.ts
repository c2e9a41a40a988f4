import { resolveEntity, type ResolvedEntity } from '../contract/check-entity';
import { type ColumnSpec, type DataType } from '../contract/data-types';
import { type FeaturesSpec, type ModelSpec } from '../contract/endpoint-spec';
import { type AssetFile } from '../functions/function-asset';
import { checkExpression } from './expression';
import { type IFeatureTable, tableSpecOf } from './feature-lookup';

/** A feature spec that was checked without the model, which is not known yet. */
export interface RenderedFeatures {
  /** The declared features. `resolveFeatures` infers the request columns. */
  readonly features: FeaturesSpec;
  readonly declaredRequestColumns: readonly ColumnSpec[];
  /** The looked-up columns that a request may send instead. */
  readonly overridable: readonly string[];
  /** The tables that the lookups read, each once. */
  readonly tables: readonly IFeatureTable[];
  readonly functionFiles: readonly AssetFile[];
}

const NO_FEATURES: RenderedFeatures = {
  features: { requestColumns: [], lookups: [], functions: [], exclude: [] },
  declaredRequestColumns: [],
  overridable: [],
  tables: [],
  functionFiles: [],
};

/** Checks a feature spec together with the model that it feeds, if any. The caller passes the findings to `refuseFindings`. */
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
