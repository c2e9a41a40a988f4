import type { Construct } from 'constructs';
import type { ModelSpec } from '../spec/endpoint-spec';
import { type ModelSignature, signatureOf } from './model-signature';
import { type LoadedModel, MODEL_FILE } from './loaded-model';
import type { PackagedFile, PackagedModel } from './packaged-model';
import type { LoadedRoutine } from './routine';

/** One immutable artifact of a model, with its signature. It is made by {@link Model.addVersion}. */
export class ModelVersion {
  /** @internal */
  public static _of(modelName: string, version: string, aliases: string[], loaded: LoadedModel, routine?: LoadedRoutine): ModelVersion {
    return new ModelVersion(modelName, version, aliases, loaded, routine);
  }

  /** What the model itself takes and gives, without a routine around it. */
  public readonly signature: ModelSignature;

  private constructor(
    /** The name of the model. */
    public readonly modelName: string,
    /** The version. */
    public readonly version: string,
    /** The names under which the model also has this version. */
    public readonly aliases: string[],
    private readonly loaded: LoadedModel,
    private readonly routine?: LoadedRoutine,
  ) {
    this.signature = signatureOf(loaded);
  }

  /**
   * The model version as an endpoint's asset carries it. A file that is gone by now is refused on behalf of `scope`.
   * @internal
   */
  public _package(scope: Construct): PackagedModel {
    const { modelName, version } = this;
    const { inputs, outputs, params, session, example, files, object } = this.loaded;
    const folder = `models/${modelName}/${version}`;
    const routine = this.packageRoutine();
    const signature = { inputs, outputs, params, session, example, ...routine?.spec };
    const routineFiles = routine === undefined ? [] : [routine.file];
    if (object === undefined) {
      return {
        spec: { modelName, version, file: `${folder}/${MODEL_FILE}`, ...signature },
        files: [...files(scope).map(({ path, source }) => ({ path: `${folder}/${path}`, source })), ...routineFiles],
      };
    }
    const { bucket, key, sha256, maxBytes, copy } = object;
    const spec = { bucket: `${modelName}/${version}`, key, sha256, maxBytes };
    return {
      spec: { modelName, version, object: spec, ...signature },
      files: routineFiles,
      object: { spec, bucket, text: `${modelName} version ${version}`, copy },
    };
  }

  private packageRoutine(): { spec: Pick<ModelSpec, 'routine' | 'example'>; file: PackagedFile } | undefined {
    if (this.routine === undefined) return undefined;
    const { spec, source } = this.routine;
    const path = `routines/${this.modelName}/${this.version}.js`;
    // a record that came with the model shows no caller what its routine computes
    const given = new Set(spec.preprocess?.outputs.map(({ name }) => name));
    const { example } = this.loaded;
    const sent = example && { example: Object.fromEntries(Object.entries(example).filter(([name]) => !given.has(name))) };
    return { spec: { routine: { ...spec, file: path }, ...sent }, file: { path, source } };
  }
}
