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
   * Whether the entity answers requests. A disabled entity is checked at synth but not deployed. Requests for it get a 403, and its share of a
   * traffic split goes to the other entities.
   * @default true
   */
  readonly enabled?: boolean;
}

/** Options of a served model. */
export interface ServedModelOptions extends ServedEntityOptions {
  /**
   * The features that are looked up or computed for the model, so that requests need not send them.
   * @default - requests send all columns of the model
   */
  readonly features?: FeatureSpec;
}

/**
 * A served entity whose model and features are loaded. The endpoint then checks it together with its other entities.
 * @internal
 */
export interface LoadedEntity {
  readonly name: string;
  readonly isEnabled: boolean;
  /** Undefined for an entity that serves features. */
  readonly modelVersion: ModelVersion | undefined;
  readonly model: PackagedModel | undefined;
  readonly tables: readonly IFeatureTable[];
  readonly functionFiles: readonly AssetFile[];
  /** The aliases and stages of the model version. */
  readonly aliases: readonly string[];
  readonly objects: readonly PackagedObject[];
  /** The path of the model version's recorded cases. */
  readonly cases: string | undefined;
  /** Resolves the columns of features and model. @param requestTypes the types of request columns in other entities */
  readonly resolve: (requestTypes?: ReadonlyMap<string, DataType>) => ResolvedEntity;
}

/** What an endpoint serves under a name: a version of a model, or features. */
export class ServedEntity {
  /**
   * Serves a version of a model: the answer to a record is the model's prediction.
   *
   * @param name the name of the served entity: a letter or digit, then up to 62 letters, digits, `_` or `-`
   * @param modelVersion the version: `model.version(…)`, `model.alias(…)` or `model.stage(…)`
   * @param options its features, and whether it is enabled
   */
  public static model(name: string, modelVersion: ModelVersion, options: ServedModelOptions = {}): ServedEntity {
    return new ServedEntity(name, options, options.features, modelVersion);
  }

  /**
   * Serves features: the answer to a record are the features that are looked up and computed for it.
   *
   * @param name the name of the served entity: a letter or digit, then up to 62 letters, digits, `_` or `-`
   * @param features the features
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
   * Loads and checks its model and features, for the endpoint that serves it.
   * @internal
   */
  public _load(scope: Construct): LoadedEntity {
    const rendered = this.featureSpec?._render(scope);
    const model = this.modelVersion?._package(scope);
    return {
      name: this.name,
      isEnabled: this.options.enabled ?? true,
      modelVersion: this.modelVersion,
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
