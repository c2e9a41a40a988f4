import { Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { refuseReservedName } from '../features/literal';
import { refuse } from '../refuse';
import type { ModelArtifact } from './model-artifact';
import { type ModelStage, ModelVersion, STAGE_NAMES } from './model-version';
import type { Routine } from './routine';
import { namesText } from '../contract/finding';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
const VERSION = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** Properties of a model. */
export interface ModelProps {
  /**
   * The name of the model: up to 63 letters, digits, `_` or `-`, starting with a letter or digit.
   * @default - the construct's id
   */
  readonly modelName?: string;
}

/** Properties of a model version. */
export interface ModelVersionProps {
  /** The files of the version. */
  readonly artifact: ModelArtifact;
  /**
   * Stable names for this version, such as `champion`, with the same characters as `modelName`. An alias belongs to one version of the
   * model and must differ from the names of its versions. Requests can name an alias in place of the served entity:
   * `/serving-endpoints/{endpoint}/served-models/{alias}/invocations`.
   * @default - none
   */
  readonly aliases?: string[];
  /**
   * The stages of this version. Each stage has at most one version of the model. Requests can name a stage in the same way as an alias.
   * @default - none
   */
  readonly stages?: ModelStage[];
  /**
   * Your own code that runs before and after the model. It is a part of the version: wherever the version is served, the routine's columns
   * replace the model's.
   * @default - no routine
   */
  readonly routine?: Routine;
  /**
   * A file of test cases: rows with the answers that this version must give. The path is relative to the working folder of the app.
   * `cdk-ml-serving convert` writes such a file, and `cdk-ml-serving check` runs its cases for every endpoint that serves the version. The
   * file is not deployed.
   *
   * The file holds a JSON object: `tolerance` has `rtol` and `atol`, and `cases` is a list of `{ name, row, expected }`. A `row` has the
   * columns of the version in the JSON form of their types. `expected` has the values of some or all outputs. Values of type float and
   * double must satisfy `|got − expected| ≤ atol + rtol·|expected|`. All other values must be equal.
   *
   * @default - none
   */
  readonly cases?: string;
}

/**
 * A registered model with its versions.
 *
 * ```ts
 * const price = new Model(this, 'HousePrice', { modelName: 'house_price' });
 * price.addVersion('1', { artifact: ModelArtifact.fromOnnx('models/a.onnx', { columns: [Column.integer('overall_qual'),
 * Column.float('gr_liv_area')] }) });
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
  private readonly observers: ((version: ModelVersion) => void)[] = [];

  constructor(scope: Construct, id: string, props: ModelProps = {}) {
    super(scope, id);
    this.modelName = props.modelName ?? id;
    this.validateName('`modelName`', this.modelName, NAME);
    refuseReservedName(this, '`modelName`', this.modelName);
  }

  /**
   * Adds a version. Reads and checks its files, and throws if one is invalid or if a name is taken.
   *
   * @param version the name of the version: up to 63 letters, digits, `.`, `_` or `-`, starting with a letter or digit
   * @param props the files, aliases, stages and routine of the version
   */
  public addVersion(version: string, props: ModelVersionProps): ModelVersion {
    const aliases = [...(props.aliases ?? [])];
    const stages = [...(props.stages ?? [])];
    this.validateName('`version`', version, VERSION);
    refuseReservedName(this, '`version`', version);
    if (this.versions.has(version)) refuse(this, `\`version\` must be new to the model, got: '${version}' again`);
    if (this.aliases.has(version)) refuse(this, `\`version\` must differ from the model's aliases, got: '${version}'`);
    if (this.stages.has(version)) refuse(this, `\`version\` must differ from the model's stages, got: '${version}'`);
    for (const alias of aliases) this.validateAlias(alias, version);
    if (new Set(aliases).size < aliases.length) refuse(this, `\`aliases\` must differ from each other, got: ${namesText(aliases)}`);
    for (const stage of stages) this.validateStage(stage, version);
    if (new Set(stages).size < stages.length) refuse(this, `\`stages\` must differ from each other, got: ${namesText(stages)}`);

    const loaded = props.artifact._load(this);
    const routine = props.routine?._load(this, loaded.inputs);
    const eachVersion = (use: (one: ModelVersion) => void) => this.eachVersion(use);
    const parts = { modelName: this.modelName, version, aliases, stages, loaded, routine, cases: props.cases, eachVersion };
    const added = ModelVersion._of(this, parts);
    this.versions.set(version, added);
    for (const alias of aliases) this.aliases.set(alias, added);
    for (const stage of stages) this.stages.set(stage, added);
    for (const use of this.observers) use(added);
    return added;
  }

  /** Returns the version with this name. Throws if there is none. */
  public version(version: string): ModelVersion {
    return this.versions.get(version) ?? refuse(this, `expected a version of the model (${listed(this.versions)}), got: '${version}'`);
  }

  /** Returns the version with this alias. Throws if there is none. */
  public alias(alias: string): ModelVersion {
    return this.aliases.get(alias) ?? refuse(this, `expected an alias of the model (${listed(this.aliases)}), got: '${alias}'`);
  }

  /** Returns the version in this stage. Throws if there is none. */
  public stage(stage: ModelStage): ModelVersion {
    return this.stages.get(stage) ?? refuse(this, `expected a stage of a version of the model (${listed(this.stages)}), got: '${stage}'`);
  }

  private eachVersion(use: (version: ModelVersion) => void): void {
    this.observers.push(use);
    for (const version of this.versions.values()) use(version);
  }

  private validateStage(stage: ModelStage, version: string): void {
    const holder = this.stages.get(stage);
    if (holder !== undefined)
      refuse(this, `\`stages\` must be new to the model, got: '${stage}', which belongs to version '${holder.version}'`);
    if (stage === version || this.versions.has(stage)) refuse(this, `\`stages\` must differ from the model's versions, got: '${stage}'`);
  }

  private validateAlias(alias: string, version: string): void {
    this.validateName('`aliases`', alias, NAME);
    const holder = this.aliases.get(alias);
    if (holder !== undefined)
      refuse(this, `\`aliases\` must be new to the model, got: '${alias}', which belongs to version '${holder.version}'`);
    if (STAGE_NAMES.includes(alias)) refuse(this, `\`aliases\` must differ from the stages (${namesText(STAGE_NAMES)}), got: '${alias}'`);
    if (alias === version || this.versions.has(alias)) refuse(this, `\`aliases\` must differ from the model's versions, got: '${alias}'`);
  }

  private validateName(what: string, name: string, pattern: RegExp): void {
    if (Token.isUnresolved(name)) refuse(this, `${what} must be a literal, got: a token`);
    if (!pattern.test(name)) refuse(this, `${what} must match ${pattern.source}, got: '${name}'`);
  }
}

function listed(named: ReadonlyMap<string, ModelVersion>): string {
  return namesText([...named.keys()]);
}
