import type { Construct } from 'constructs';
import { type ModelSignature, signatureOf } from './model-signature';
import { type LoadedModel, MODEL_FILE } from './loaded-model';
import type { PackagedModel } from './packaged-model';

/** One immutable artifact of a model, with its signature. It is made by {@link Model.addVersion}. */
export class ModelVersion {
  /** @internal */
  public static _of(modelName: string, version: string, aliases: string[], loaded: LoadedModel): ModelVersion {
    return new ModelVersion(modelName, version, aliases, loaded);
  }

  /** What the model takes and gives. */
  public readonly signature: ModelSignature;

  private constructor(
    /** The name of the model. */
    public readonly modelName: string,
    /** The version. */
    public readonly version: string,
    /** The names under which the model also has this version. */
    public readonly aliases: string[],
    private readonly loaded: LoadedModel,
  ) {
    this.signature = signatureOf(loaded);
  }

  /**
   * The model version as an endpoint's asset carries it. A file that is gone by now is refused on behalf of `scope`.
   * @internal
   */
  public _package(scope: Construct): PackagedModel {
    const folder = `models/${this.modelName}/${this.version}`;
    const { files, ...signature } = this.loaded;
    return {
      spec: { modelName: this.modelName, version: this.version, file: `${folder}/${MODEL_FILE}`, ...signature },
      files: files(scope).map(({ path, source }) => ({ path: `${folder}/${path}`, source })),
    };
  }
}
