import type { Construct } from 'constructs';
import type { ModelObjectSpec, ModelSpec, ScorerSpec } from '../contract/endpoint-spec';
import { type ModelSignature, signatureOf } from './model-signature';
import { type LoadedModel, type LoadedObject, MODEL_FILE } from './loaded-model';
import { loadCases } from './model-cases';
import type { ModelStage } from './model-stage';
import type { PackagedModel } from './packaged-model';
import type { LoadedRoutine } from './routine';

/**
 * What a model version is made of.
 * @internal
 */
export interface VersionParts {
  readonly modelName: string;
  readonly version: string;
  readonly aliases: string[];
  readonly stages: ModelStage[];
  readonly loaded: LoadedModel;
  readonly routine?: LoadedRoutine;
  /** The path of the cases, as the user wrote it. */
  readonly cases?: string;
}

/** One immutable artifact of a model, with its signature. It is made by {@link Model.addVersion}. */
export class ModelVersion {
  /** @internal */
  public static _of(scope: Construct, parts: VersionParts): ModelVersion {
    return new ModelVersion(scope, parts);
  }

  /** The name of the model. */
  public readonly modelName: string;
  /** The version. */
  public readonly version: string;
  /** The names under which the model also has this version. */
  public readonly aliases: string[];
  /** How far this version has come. */
  public readonly stages: ModelStage[];

  /** What the model itself takes and gives, without a routine around it. */
  public readonly signature: ModelSignature;

  /**
   * The file of its cases.
   * @internal
   */
  public readonly _cases: string | undefined;
  private readonly spec: ModelSpec;

  private constructor(
    scope: Construct,
    private readonly parts: VersionParts,
  ) {
    const { modelName, version, aliases, stages, loaded, cases } = parts;
    this.modelName = modelName;
    this.version = version;
    this.aliases = aliases;
    this.stages = stages;
    this.signature = signatureOf(loaded);
    this.spec = specOf(parts);
    this._cases = cases === undefined ? undefined : loadCases(scope, cases, this.spec);
  }

  /**
   * The model version as an endpoint's asset carries it. A file that is gone by now is refused on behalf of `scope`.
   * @internal
   */
  public _package(scope: Construct): PackagedModel {
    const { modelName, version, loaded, routine } = this.parts;
    const { files, object } = loaded;
    const model = object === undefined ? files(scope) : [];
    return {
      spec: this.spec,
      files: [
        ...model.map(({ path, source }) => ({ path: `${modelFolder(this.parts)}/${path}`, source })),
        ...(routine === undefined ? [] : [{ path: this.spec.routine!.file, source: routine.source }]),
      ],
      ...(object !== undefined && {
        object: { spec: objectSpec(this.parts, object), bucket: object.bucket, text: `${modelName} version ${version}`, copy: object.copy },
      }),
    };
  }
}

function modelFolder({ modelName, version }: VersionParts): string {
  return `models/${modelName}/${version}`;
}

function objectSpec({ modelName, version }: VersionParts, { key, sha256, maxBytes }: LoadedObject): ModelObjectSpec {
  return { bucket: `${modelName}/${version}`, key, sha256, maxBytes };
}

function specOf(parts: VersionParts): ModelSpec {
  const { modelName, version, routine } = parts;
  const { inputs, outputs, params, session, example, object } = parts.loaded;
  const scorer: ScorerSpec =
    object === undefined ? { kind: 'file', file: `${modelFolder(parts)}/${MODEL_FILE}` } : { kind: 'object', ...objectSpec(parts, object) };
  const spec: ModelSpec = { modelName, version, scorer, inputs, outputs, params, session, example };
  if (routine === undefined) return spec;
  // a record that came with the model shows no caller what its routine computes
  const given = new Set(routine.spec.preprocess?.outputs.map(({ name }) => name));
  const sent = example && Object.fromEntries(Object.entries(example).filter(([name]) => !given.has(name)));
  return { ...spec, ...(sent && { example: sent }), routine: { ...routine.spec, file: `routines/${modelName}/${version}.js` } };
}
