import { type ColumnSpec } from '../contract/data-types';
import { type FeaturesSpec } from '../contract/endpoint-spec';
import { type IFeatureTable } from './feature-table-interface';

/** A file of the function's asset. */
export interface FunctionFile {
  /** Relative to the asset's folder: `functions/<functionName>.js`. */
  readonly path: string;
  /** The absolute path of the file to copy, or its bytes. */
  readonly source: string | Uint8Array;
}

/** A feature spec, checked by itself, before it is known what it feeds. */
export interface RenderedFeatures {
  /** As declared: request columns are not inferred yet, functions stand in declared order. `resolveFeatures` gives what the endpoint spec holds. */
  readonly features: FeaturesSpec;
  readonly declaredRequestColumns: readonly ColumnSpec[];
  /** Looked-up columns that a request may send itself. */
  readonly overridable: readonly string[];
  /** The tables that the lookups read, each once. */
  readonly tables: readonly IFeatureTable[];
  readonly functionFiles: readonly FunctionFile[];
}
