import { Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { refuse } from '../refuse';
import type { ModelArtifact } from './model-artifact';
import { type ModelStage, STAGE_NAMES } from './model-stage';
import { ModelVersion } from './model-version';
import { quoted } from './onnx-signature';
import type { Routine } from './routine';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
const VERSION = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** Properties of a model. */
export interface ModelProps {
  /**
   * The name of the model: a letter or digit, then up to 62 letters, digits, `_` or `-`.
   * @default - the construct's id
   */
  readonly modelName?: string;
}

/** Properties of a model version. */
export interface ModelVersionProps {
  /** The version's files. */
  readonly artifact: ModelArtifact;
  /**
   * Stable names for this version, such as `champion`. Each names one version of the model, and is no version's own name. They are written as a model's name is.
   * An endpoint that serves the version is also called by them: `/serving-endpoints/{endpoint}/served-models/{alias}/invocations`.
   * @default - none
   */
  readonly aliases?: string[];
  /**
   * How far this version has come. Each stage has at most one version of the model. An endpoint that serves the version is also called by its
   * stages, as by its aliases.
   * @default - none
   */
  readonly stages?: ModelStage[];
  /**
   * What runs before and after the model. It is a part of the version: its columns stand for the model's wherever the version is served.
   * @default - nothing
   */
  readonly routine?: Routine;
  /**
   * A file of rows with the answers that are expected of this version, relative to the working folder of the app; `cdk-ml-serving convert`
   * writes one. `cdk-ml-serving check` runs them, wherever the version is served. They are no part of what is deployed.
   *
   * It is a JSON object: `tolerance` has `rtol` and `atol`, and `cases` is a list of `{ name, row, expected }`. A `row` has the columns of the
   * version in the JSON form of their types, `expected` has a value for each output, or for some. Numbers of float and double are right where
   * `|got − expected| ≤ atol + rtol·|expected|`, all other values where they are equal.
   *
   * @default - none
   */
  readonly cases?: string;
}

/**
 * A registered model: versions under a name.
 *
 * ```ts
 * const price = new Model(this, 'HousePrice', { modelName: 'house_price' });
 * price.addVersion('1', { artifact: ModelArtifact.fromOnnx('models/a.onnx', { columns: [Column.integer('overall_qual'), Column.float('gr_liv_area')] }) });
 * price.addVersion('2', { artifact: ModelArtifact.fromOnnx('models/b.onnx'), aliases: ['challenger'] });
 * ServedEntity.model('model_B', price.alias('challenger'));
 * ```
 */
export class Model extends Construct {
  /** The name of the model. */
  public readonly modelName: string;
  private readonly versions = new Map<string, ModelVersion>();
  private readonly aliases = new Map<string, ModelVersion>();
  private readonly stages = new Map<string, ModelVersion>();

  constructor(scope: Construct, id: string, props: ModelProps = {}) {
    super(scope, id);
    this.modelName = props.modelName ?? id;
    this.validateName('`modelName`', this.modelName, NAME);
  }

  /**
   * Adds a version, whose files are read and checked.
   *
   * @param version its name: a letter or digit, then up to 62 letters, digits, `.`, `_` or `-`
   * @param props its files, aliases, and what runs around it
   */
  public addVersion(version: string, props: ModelVersionProps): ModelVersion {
    const aliases = [...(props.aliases ?? [])];
    const stages = [...(props.stages ?? [])];
    this.validateName('`version`', version, VERSION);
    if (this.versions.has(version)) refuse(this, `\`version\` must be new to the model, got: '${version}' again`);
    if (this.aliases.has(version)) refuse(this, `\`version\` must differ from the model's aliases, got: '${version}'`);
    if (this.stages.has(version)) refuse(this, `\`version\` must differ from the model's stages, got: '${version}'`);
    for (const alias of aliases) this.validateAlias(alias, version);
    if (new Set(aliases).size < aliases.length) refuse(this, `\`aliases\` must differ from each other, got: ${quoted(aliases)}`);
    for (const stage of stages) this.validateStage(stage, version);
    if (new Set(stages).size < stages.length) refuse(this, `\`stages\` must differ from each other, got: ${quoted(stages)}`);

    const loaded = props.artifact._load(this);
    const routine = props.routine?._load(this, loaded.inputs);
    const added = ModelVersion._of(this, { modelName: this.modelName, version, aliases, stages, loaded, routine, cases: props.cases });
    this.versions.set(version, added);
    for (const alias of aliases) this.aliases.set(alias, added);
    for (const stage of stages) this.stages.set(stage, added);
    return added;
  }

  /** The version of this name. */
  public version(version: string): ModelVersion {
    return this.versions.get(version) ?? refuse(this, `expected a version of the model (${listed(this.versions)}), got: '${version}'`);
  }

  /** The version that has this alias. */
  public alias(alias: string): ModelVersion {
    return this.aliases.get(alias) ?? refuse(this, `expected an alias of the model (${listed(this.aliases)}), got: '${alias}'`);
  }

  /** The version that has come to this stage. */
  public stage(stage: ModelStage): ModelVersion {
    return this.stages.get(stage) ?? refuse(this, `expected a stage of a version of the model (${listed(this.stages)}), got: '${stage}'`);
  }

  private validateStage(stage: ModelStage, version: string): void {
    const holder = this.stages.get(stage);
    if (holder !== undefined) refuse(this, `\`stages\` must be new to the model, got: '${stage}', which version '${holder.version}' has`);
    if (stage === version || this.versions.has(stage)) refuse(this, `\`stages\` must differ from the model's versions, got: '${stage}'`);
  }

  private validateAlias(alias: string, version: string): void {
    this.validateName('`aliases`', alias, NAME);
    const holder = this.aliases.get(alias);
    if (holder !== undefined) refuse(this, `\`aliases\` must be new to the model, got: '${alias}', which version '${holder.version}' has`);
    if (STAGE_NAMES.includes(alias)) refuse(this, `\`aliases\` must differ from the stages (${quoted(STAGE_NAMES)}), got: '${alias}'`);
    if (alias === version || this.versions.has(alias)) refuse(this, `\`aliases\` must differ from the model's versions, got: '${alias}'`);
  }

  private validateName(what: string, name: string, pattern: RegExp): void {
    if (Token.isUnresolved(name)) refuse(this, `${what} must be a literal, got: a token`);
    if (!pattern.test(name)) refuse(this, `${what} must match ${pattern.source}, got: '${name}'`);
  }
}

function listed(named: ReadonlyMap<string, ModelVersion>): string {
  return named.size === 0 ? 'it has none' : quoted([...named.keys()]);
}
