import { type Construct } from 'constructs';
import { type AssetFile } from '../functions/function-asset';
import { type FeatureSpec, type IFeatureTable } from '../features/index';
import { resolveFeatures } from '../features/resolve-features';
import { type ModelVersion } from '../models/index';
import { type PackagedModel, type PackagedObject } from '../models/packaged-model';
import { type ResolvedEntity } from '../contract/check-entity';
import { type DataType } from '../contract/data-types';

/** Options of a served entity. */
export interface ServedEntityOptions {
  /**
   * Whether requests are answered. One that is not enabled is checked at synth, and takes no place and no time in the function; requests for it
   * are answered 403, and its share of a split goes to the others.
   * @default true
   */
  readonly enabled?: boolean;
}

/** Options of a served model. */
export interface ServedModelOptions extends ServedEntityOptions {
  /**
   * Where the columns of the model's inputs come from that a request does not send.
   * @default - the request sends all columns
   */
  readonly features?: FeatureSpec;
}

/**
 * A served entity as an endpoint needs it, before it is held against the others.
 * @internal
 */
export interface LoadedEntity {
  readonly name: string;
  readonly isEnabled: boolean;
  /** Absent where features are served. */
  readonly model: PackagedModel | undefined;
  readonly tables: readonly IFeatureTable[];
  readonly functionFiles: readonly AssetFile[];
  /** The aliases and stages of the model version. */
  readonly aliases: readonly string[];
  readonly objects: readonly PackagedObject[];
  /** The file of the model version's cases. */
  readonly cases: string | undefined;
  /** Holds features and model against each other. @param requestTypes types that request columns have in other entities */
  readonly resolve: (requestTypes?: ReadonlyMap<string, DataType>) => ResolvedEntity;
}

/** What an endpoint serves under a name: a model version, or features. */
export class ServedEntity {
  /**
   * Serves a model version: the answer of a record is what the model predicts.
   *
   * @param name the name of the served entity: a letter or digit, then up to 62 letters, digits, `_` or `-`
   * @param modelVersion a version of a model, by its number, an alias or a stage
   * @param options what is looked up and computed for it, and whether it is enabled
   */
  public static model(name: string, modelVersion: ModelVersion, options: ServedModelOptions = {}): ServedEntity {
    return new ServedEntity(name, options, options.features, modelVersion);
  }

  /**
   * Serves features: the answer of a record is what is looked up and computed for it.
   *
   * @param name the name of the served entity: a letter or digit, then up to 62 letters, digits, `_` or `-`
   * @param features what is looked up and computed
   * @param options whether it is enabled
   */
  public static featureSpec(name: string, features: FeatureSpec, options: ServedEntityOptions = {}): ServedEntity {
    return new ServedEntity(name, options, features);
  }

  private constructor(
    /** The name of the served entity. */
    public readonly name: string,
    private readonly options: ServedEntityOptions,
    private readonly featureSpec?: FeatureSpec,
    private readonly modelVersion?: ModelVersion,
  ) {}

  /**
   * Reads what it is made of, on behalf of the endpoint that serves it.
   * @internal
   */
  public _load(scope: Construct): LoadedEntity {
    const rendered = this.featureSpec?._render(scope);
    const model = this.modelVersion?._package(scope);
    return {
      name: this.name,
      isEnabled: this.options.enabled ?? true,
      model,
      tables: rendered?.tables ?? [],
      functionFiles: rendered?.functionFiles ?? [],
      aliases: [...(this.modelVersion?.aliases ?? []), ...(this.modelVersion?.stages ?? [])],
      objects: model?.object === undefined ? [] : [model.object],
      cases: this.modelVersion?._cases,
      resolve: (requestTypes) => resolveFeatures(rendered, model?.spec, requestTypes),
    };
  }
}
