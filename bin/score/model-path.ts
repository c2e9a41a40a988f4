import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { modelCopiesOf } from '../app/cloud-assembly';
import type { AppEndpoint } from '../app/endpoints';
import type { ModelEntitySpec, ModelSpec } from '../../lib/contract/endpoint-spec';
import { UserError } from '../terminal/user-error';

/** The model that an endpoint serves. @throws UserError when it serves features */
export function servedModel({ spec }: AppEndpoint): ModelEntitySpec {
  const [entity] = spec.servedEntities;
  if (entity!.kind === 'model') return entity!;
  throw new UserError(`expected an endpoint that serves a model, got: ${spec.endpointName}/${entity!.name}, which serves features`);
}

/**
 * The path of the model of a served entity: in the serving function's code or, of one that lies in S3, the copy that the app names.
 * @throws UserError when there is no copy
 */
export function modelPath({ folder, resource }: AppEndpoint, { file, object, modelName, version }: ModelSpec, appFolder: string): string {
  if (object === undefined) return join(folder, file!);
  const copy = modelCopiesOf(resource)?.[object.sha256];
  if (copy !== undefined && existsSync(resolve(appFolder, copy))) return resolve(appFolder, copy);
  throw new UserError(
    `expected a copy of model ${modelName} version ${version}, which lies in S3 as ${object.key}, got: none; ` +
      'read its signature from a copy of it (SignatureSource.fromOnnx)',
  );
}
