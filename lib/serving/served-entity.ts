import { type Construct } from 'constructs';
import { type AssetFile } from '../compute/function-asset';
import { type IFeatureTable } from '../features';
import { resolveFeatures } from '../features/resolve-features';
import { type ModelVersion } from '../models';
import { refuseFindings } from '../refuse';
import { type RequestColumnSpec, type ServedEntitySpec } from '../spec/endpoint-spec';
import { type InputLineage } from '../spec/lineage';

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
}

/** What an endpoint serves under a name: a model version. */
export class ServedEntity {
  /**
   * Serves a model version: the answer of a record is what the model predicts.
   *
   * @param name the name of the served entity: a letter or digit, then up to 62 letters, digits, `_` or `-`
   * @param modelVersion a version of a model, by its number or an alias
   */
  public static model(name: string, modelVersion: ModelVersion): ServedEntity {
    return new ServedEntity(name, modelVersion);
  }

  private constructor(
    /** The name of the served entity. */
    public readonly name: string,
    private readonly modelVersion: ModelVersion,
  ) {}

  /**
   * Holds features and model against each other on behalf of the endpoint that serves them.
   * @internal
   */
  public _render(scope: Construct): RenderedEntity {
    const packaged = this.modelVersion._package(scope);
    const { features, requestColumns, lineage, findings } = resolveFeatures(undefined, packaged.spec);
    refuseFindings(scope, findings);
    return {
      spec: { kind: 'model', name: this.name, model: packaged.spec, features },
      requestColumns,
      lineage,
      tables: [],
      files: packaged.files,
    };
  }
}
