import type { Construct } from 'constructs';
import type { ModelInputSpec, ModelOutputSpec, ModelSpec } from '../spec/endpoint-spec';
import type { PackagedFile } from './packaged-model';

/** What an ONNX file is called in the asset, beside the files that it refers to. */
export const MODEL_FILE = 'model.onnx';

/** A model that was read and checked. */
export interface LoadedModel extends Pick<ModelSpec, 'params' | 'session' | 'example'> {
  readonly inputs: readonly ModelInputSpec[];
  readonly outputs: readonly ModelOutputSpec[];
  /** Its files, relative to the model's folder in the asset; the model itself is {@link MODEL_FILE}. What is gone by now is refused on behalf of `scope`. */
  readonly files: (scope: Construct) => readonly PackagedFile[];
}
