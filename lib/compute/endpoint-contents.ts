import { type EndpointSpec } from '../contract/endpoint-spec';
import { type IFeatureTable } from '../features/index';
import { type AssetFile } from '../functions/function-asset';
import { type ModelVersion } from '../models/index';
import { type PackagedObject } from '../models/packaged-model';

/** The recorded cases of a model version that an endpoint serves. */
export interface ServedCases {
  readonly servedEntity: string;
  /** The absolute path of the file that contains them. */
  readonly file: string;
}

/** Everything that an endpoint serves. */
export interface EndpointContents {
  /** The finished endpoint spec. */
  readonly spec: EndpointSpec;
  /** The files that the spec names: models, routines and feature functions. */
  readonly files: readonly AssetFile[];
  /** The feature tables that lookups read. */
  readonly tables: readonly IFeatureTable[];
  /** Models that are stored in S3. */
  readonly objects: readonly PackagedObject[];
  readonly cases: readonly ServedCases[];
  /** The feature tables and model versions of all entities, also of disabled ones. */
  readonly declared: { readonly tables: readonly IFeatureTable[]; readonly modelVersions: readonly ModelVersion[] };
}
