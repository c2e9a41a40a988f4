import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ModelObjectSpec, ModelSpec } from '../contract/endpoint-spec';
import type { AssetFile } from '../functions/function-asset';

/** A model version, packaged for the asset of an endpoint. */
export interface PackagedModel {
  readonly spec: ModelSpec;
  readonly files: readonly AssetFile[];
  /** The object in S3; absent for a model in the asset. */
  readonly object?: PackagedObject;
}

/** A model in S3 that an endpoint's function downloads. */
export interface PackagedObject {
  readonly spec: ModelObjectSpec;
  readonly bucket: IBucket;
  /** The model for error messages: `house_price version 1`. */
  readonly text: string;
  /** The path of a local copy, relative to the app's working folder; absent if there is none. */
  readonly copy?: string;
}
