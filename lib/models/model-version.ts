import type { Construct } from 'constructs';
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { requireLiteral } from '../features/literal';
import { refuse } from '../refuse';
import type { JsonValue } from '../contract/data-types';
import type { ModelObjectSpec, ModelSpec, ScorerSpec } from '../contract/endpoint-spec';
import { findingText } from '../contract/finding';
import { checkCases } from '../contract/model-cases';
import { type ModelSignature, signatureOf } from './model-signature';
import { type LoadedModel, type LoadedObject, MODEL_FILE } from './loaded-model';
import type { PackagedModel, PackagedObject } from './packaged-model';
import type { LoadedRoutine } from './routine';

/** The maximum number of findings in an error, because an invalid file is often invalid in every row. */
const MOST_FINDINGS = 10;

/** The stage of a model version, by MLflow's names. Each stage has at most one version of a model. */
export enum ModelStage {
  /** The version is tested before it serves production traffic. */
  STAGING = 'Staging',
  /** The version serves production traffic. */
  PRODUCTION = 'Production',
}

/** The names of all stages. */
export const STAGE_NAMES: readonly string[] = Object.values(ModelStage);

/**
 * The parts of a model version.
 * @internal
 */
export interface VersionParts {
  readonly modelName: string;
  readonly version: string;
  readonly aliases: string[];
  readonly stages: ModelStage[];
  readonly loaded: LoadedModel;
  readonly routine?: LoadedRoutine;
  /** The path of the test cases, as the user wrote it. */
  readonly cases?: string;
  /** Calls `use` for each version of the model, also for versions that are added later. */
  readonly eachVersion: (use: (version: ModelVersion) => void) => void;
}

/** An immutable version of a model, with its signature. Created by {@link Model.addVersion}. */
export class ModelVersion {
  /** @internal */
  public static _of(scope: Construct, parts: VersionParts): ModelVersion {
    return new ModelVersion(scope, parts);
  }

  /** The name of the model. */
  public readonly modelName: string;
  /** The name of the version. */
  public readonly version: string;
  /** The aliases of the version. */
  public readonly aliases: string[];
  /** The stages of the version. */
  public readonly stages: ModelStage[];

  /** The signature of the model itself, without its routine. */
  public readonly signature: ModelSignature;

  /**
   * The absolute path of the test cases.
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
   * Packages the version for the asset of an endpoint. Throws with the path of `scope` if a file no longer exists.
   * @internal
   */
  public _package(scope: Construct): PackagedModel {
    const { loaded, routine } = this.parts;
    const { files } = loaded;
    const object = this.object();
    const model = object === undefined ? files(scope) : [];
    return {
      spec: this.spec,
      files: [
        ...model.map(({ path, source }) => ({ path: `${modelFolder(this.parts)}/${path}`, source })),
        ...(routine === undefined ? [] : [{ path: this.spec.routine!.file, source: routine.source }]),
      ],
      ...(object !== undefined && { object }),
    };
  }

  /**
   * Calls `use` for the object of each version of the model that is stored in S3, also of versions that are added to the model later.
   * @internal
   */
  public _eachObject(use: (object: PackagedObject) => void): void {
    this.parts.eachVersion((version) => {
      const object = version.object();
      if (object !== undefined) use(object);
    });
  }

  /** The object in S3; undefined for a model in the asset. */
  private object(): PackagedObject | undefined {
    const { modelName, version, loaded } = this.parts;
    const { object } = loaded;
    if (object === undefined) return undefined;
    return { spec: objectSpec(this.parts, object), bucket: object.bucket, text: `${modelName} version ${version}`, copy: object.copy };
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
  // a request does not send what the routine computes
  const computed = new Set(routine.spec.preprocess?.outputs.map(({ name }) => name));
  const sent = example && Object.fromEntries(Object.entries(example).filter(([name]) => !computed.has(name)));
  return { ...spec, ...(sent && { example: sent }), routine: { ...routine.spec, file: `routines/${modelName}/${version}.js` } };
}

/**
 * Reads and checks the test cases of a model version.
 * @returns the absolute path of the file
 * @throws Error with the path of `scope` if the file is missing or invalid
 */
function loadCases(scope: Construct, path: string, model: ModelSpec): string {
  requireLiteral(scope, '`cases`', path);
  const file = resolve(path);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    refuse(scope, `\`cases\` must be a file, relative to the working folder of the app, got: '${path}', which does not exist`);
  }
  const findings = checkCases(readJson(scope, path, file), model);
  if (findings.length > 0) {
    const lines = findings.slice(0, MOST_FINDINGS).map((finding) => `${path}: ${findingText(finding)}`);
    const more = findings.length - lines.length;
    refuse(scope, [...lines, ...(more === 0 ? [] : [`and ${more} more`])].join('\n'));
  }
  return file;
}

function readJson(scope: Construct, path: string, file: string): JsonValue {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JsonValue;
  } catch (error) {
    return refuse(scope, `${path}: expected JSON, got: ${(error as Error).message}`);
  }
}
