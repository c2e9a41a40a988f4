import { type ColumnSpec } from '../contract/data-types';
import { type FeaturesSpec } from '../contract/endpoint-spec';
import { type AssetFile } from '../functions/function-asset';
import { type IFeatureTable } from './feature-lookup';

/** A feature spec, checked by itself, before it is known what it feeds. */
export interface RenderedFeatures {
  /** As declared: request columns are not inferred yet, functions stand in declared order. `resolveFeatures` gives what the endpoint spec holds. */
  readonly features: FeaturesSpec;
  readonly declaredRequestColumns: readonly ColumnSpec[];
  /** Looked-up columns that a request may send itself. */
  readonly overridable: readonly string[];
  /** The tables that the lookups read, each once. */
  readonly tables: readonly IFeatureTable[];
  readonly functionFiles: readonly AssetFile[];
}
