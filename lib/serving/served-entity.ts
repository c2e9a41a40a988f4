import { type Construct } from 'constructs';
import { type AssetFile } from '../compute/function-asset';
import { type FeatureSpec, type IFeatureTable } from '../features/index';
import { type RenderedFeatures } from '../features/rendered-features';
import { resolveFeatures } from '../features/resolve-features';
import { type ModelVersion } from '../models/index';
import { type PackagedModel, type PackagedObject } from '../models/packaged-model';
import { refuseFindings } from '../refuse';
import { type RequestColumnSpec, type ServedEntitySpec } from '../spec/endpoint-spec';
import { type InputLineage } from '../spec/lineage';

/** Options of a served model. */
export interface ServedModelOptions {
  /**
   * Where the columns of the model's inputs come from that a request does not send.
   * @default - the request sends all columns
   */
  readonly features?: FeatureSpec;
}

/**
 * A served entity as an endpoint needs it.
 * @internal
 */
export interface RenderedEntity {
  readonly spec: ServedEntitySpec;
  readonly requestColumns: readonly RequestColumnSpec[];
  readonly lineage: readonly InputLineage[];
  readonly tables: readonly IFeatureTable[];
  readonly files: readonly AssetFile[];
  readonly objects: readonly PackagedObject[];
  /** The file of the model version's cases. */
  readonly cases: string | undefined;
}

/** What an endpoint serves under a name: a model version, or features. */
export class ServedEntity {
  /**
   * Serves a model version: the answer of a record is what the model predicts.
   *
   * @param name the name of the served entity: a letter or digit, then up to 62 letters, digits, `_` or `-`
   * @param modelVersion a version of a model, by its number or an alias
   * @param options what is looked up and computed for it
   */
  public static model(name: string, modelVersion: ModelVersion, options: ServedModelOptions = {}): ServedEntity {
    return new ServedEntity(name, options.features, modelVersion);
  }

  /**
   * Serves features: the answer of a record is what is looked up and computed for it.
   *
   * @param name the name of the served entity: a letter or digit, then up to 62 letters, digits, `_` or `-`
   * @param features what is looked up and computed
   */
  public static featureSpec(name: string, features: FeatureSpec): ServedEntity {
    return new ServedEntity(name, features);
  }

  private constructor(
    /** The name of the served entity. */
    public readonly name: string,
    private readonly featureSpec?: FeatureSpec,
    private readonly modelVersion?: ModelVersion,
  ) {}

  /**
   * Holds features and model against each other on behalf of the endpoint that serves them.
   * @internal
   */
  public _render(scope: Construct): RenderedEntity {
    const rendered = this.featureSpec?._render(scope);
    const packaged = this.modelVersion?._package(scope);
    const { features, requestColumns, lineage, findings } = resolveFeatures(rendered, packaged?.spec);
    refuseFindings(scope, findings);
    return {
      spec:
        packaged === undefined
          ? { kind: 'features', name: this.name, features }
          : { kind: 'model', name: this.name, model: packaged.spec, features },
      requestColumns,
      lineage,
      tables: rendered?.tables ?? [],
      files: filesOf(packaged, rendered),
      objects: packaged?.object === undefined ? [] : [packaged.object],
      cases: this.modelVersion?._cases,
    };
  }
}

function filesOf(packaged?: PackagedModel, rendered?: RenderedFeatures): AssetFile[] {
  return [...(packaged?.files ?? []), ...(rendered?.functionFiles ?? [])];
}
