import type { Construct } from 'constructs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ModelInputSpec, ModelObjectSpec, ModelOutputSpec, ModelSpec } from '../contract/endpoint-spec';
import type { AssetFile } from '../functions/function-asset';

/** What an ONNX file is called in the asset, beside the files that it refers to. */
export const MODEL_FILE = 'model.onnx';

/** A model that was read and checked. */
export interface LoadedModel extends Pick<ModelSpec, 'params' | 'session' | 'example'> {
  readonly inputs: readonly ModelInputSpec[];
  readonly outputs: readonly ModelOutputSpec[];
  /** Its files, relative to the model's folder in the asset; the model itself is {@link MODEL_FILE}. What is gone by now is refused on behalf of `scope`. */
  readonly files: (scope: Construct) => readonly AssetFile[];
  /** The ONNX file that was read; absent where none was. */
  readonly original?: OriginalFile;
  /** Where the file is, for a model that is in S3 instead of the asset. */
  readonly object?: LoadedObject;
}

/** The ONNX file that a model was read from. */
export interface OriginalFile {
  /** As the user wrote it. */
  readonly path: string;
  /** Its true path. */
  readonly file: string;
  /** Whether weights lie in other files. */
  readonly hasExternalData: boolean;
}

/** A model in S3. */
export interface LoadedObject extends Omit<ModelObjectSpec, 'bucket'> {
  readonly bucket: IBucket;
  /** A copy of it here, as the user wrote its path; absent where there is none. */
  readonly copy?: string;
}
