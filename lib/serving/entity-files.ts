import { type IConstruct } from 'constructs';
import { type AssetFile } from '../functions/function-asset';
import { refuse } from '../refuse';
import { type FeaturesSpec } from '../contract/endpoint-spec';
import { type LoadedEntity } from './served-entity';

/** The files of the feature functions of an entity. */
export interface FunctionFiles {
  readonly files: readonly AssetFile[];
  /** The features, whose functions lie where the files do. */
  readonly rename: (features: FeaturesSpec) => FeaturesSpec;
}

/** Functions of one name may differ between entities: each of several entities has a folder of its own. */
export function functionFilesOf({ name, functionFiles }: LoadedEntity, entities: number): FunctionFiles {
  const place = (path: string) => (entities === 1 ? path : path.replace(/^functions\//, `functions/${name}/`));
  return {
    files: functionFiles.map(({ path, source }) => ({ path: place(path), source })),
    rename: (features) => ({
      ...features,
      functions: features.functions.map((one) => (one.kind === 'module' ? { ...one, file: place(one.file) } : one)),
    }),
  };
}

/** The files of all models, each once: entities may serve one model version. */
export function modelFilesOf(scope: IConstruct, entities: readonly LoadedEntity[]): AssetFile[] {
  const files = new Map<string, AssetFile>();
  const served = new Map<string, LoadedEntity>();
  for (const entity of entities) {
    if (entity.model === undefined) continue;
    const { modelName, version } = entity.model.spec;
    const other = served.get(`${modelName}/${version}`);
    if (other !== undefined && other.model!.spec !== entity.model.spec) {
      refuse(
        scope,
        `models of an endpoint must differ in name or version, got: '${modelName}' version '${version}' in '${other.name}' and '${entity.name}', which are two`,
      );
    }
    served.set(`${modelName}/${version}`, entity);
    for (const file of entity.model.files) files.set(file.path, file);
  }
  return [...files.values()];
}
