import { type IConstruct } from 'constructs';
import { type AssetFile } from '../functions/function-asset';
import { refuse } from '../refuse';
import { type FeaturesSpec } from '../contract/endpoint-spec';
import { type LoadedEntity } from './served-entity';

/** The files of an entity's feature functions. */
export interface FunctionFiles {
  readonly files: readonly AssetFile[];
  /** Changes the paths of the functions in the features to the paths of the files. */
  readonly rename: (features: FeaturesSpec) => FeaturesSpec;
}

/** Returns the files of an entity. With several entities each has its own folder, because their functions may have the same names. */
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

/** The files of all models, each once, because several entities may serve the same version. */
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
        `different models of an endpoint must differ in name or version, got: '${modelName}' version '${version}' in '${other.name}' and '${entity.name}'`,
      );
    }
    served.set(`${modelName}/${version}`, entity);
    for (const file of entity.model.files) files.set(file.path, file);
  }
  return [...files.values()];
}
