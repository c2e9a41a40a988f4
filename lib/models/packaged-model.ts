import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ModelObjectSpec, ModelSpec } from '../contract/endpoint-spec';
import type { AssetFile } from '../functions/function-asset';

/** A model version as an endpoint's asset carries it. */
export interface PackagedModel {
  readonly spec: ModelSpec;
  readonly files: readonly AssetFile[];
  /** Absent for a model whose files are in the asset. */
  readonly object?: PackagedObject;
}

/** A model in S3, as an endpoint's function reads it. */
export interface PackagedObject {
  readonly spec: ModelObjectSpec;
  readonly bucket: IBucket;
  /** As errors name the model: `house_price version 1`. */
  readonly text: string;
  /** The path of a copy on this machine, relative to the app's working folder; absent where there is none. */
  readonly copy?: string;
}
