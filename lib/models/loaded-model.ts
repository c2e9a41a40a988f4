import type { Construct } from 'constructs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ModelInputSpec, ModelObjectSpec, ModelOutputSpec, ModelSpec } from '../contract/endpoint-spec';
import type { AssetFile } from '../functions/function-asset';

/** The name of the ONNX file in its folder of the asset. */
export const MODEL_FILE = 'model.onnx';

/** A model after its files are read and checked. */
export interface LoadedModel extends Pick<ModelSpec, 'params' | 'session' | 'example'> {
  readonly inputs: readonly ModelInputSpec[];
  readonly outputs: readonly ModelOutputSpec[];
  /**
   * Returns the files, with paths relative to the model's folder in the asset; the ONNX file is {@link MODEL_FILE}.
   * @throws Error with the path of `scope` if a file no longer exists
   */
  readonly files: (scope: Construct) => readonly AssetFile[];
  /** The ONNX file that was read; absent for a declared signature. */
  readonly original?: OriginalFile;
  /** The object in S3; absent for a model in the asset. */
  readonly object?: LoadedObject;
}

/** The ONNX file that a model was read from. */
export interface OriginalFile {
  /** The path as the user wrote it. */
  readonly path: string;
  /** The real path of the file. */
  readonly file: string;
  /** Whether other files hold weights. */
  readonly hasExternalData: boolean;
}

/** A model in S3. */
export interface LoadedObject extends Omit<ModelObjectSpec, 'bucket'> {
  readonly bucket: IBucket;
  /** The path of a local copy, as the user wrote it; absent if there is none. */
  readonly copy?: string;
}
