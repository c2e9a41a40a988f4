import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MODELS_FOLDER } from '../../lambda/serving/models-folder';
import { ENDPOINT_SPEC_FILE, type EndpointSpec } from '../../lib/contract/endpoint-spec';
import type { LocalFunction } from './plan';

/** Where a developer has an S3 that functions read models from. */
const S3_ENDPOINT = 'AWS_ENDPOINT_URL_S3';

/**
 * Puts copies of models that lie in S3 where functions on this machine find them as if they had fetched them before; the functions check
 * their hashes themselves.
 * @param temporaryFolder as the functions have it
 * @returns the models that cannot be scored here, a line each
 */
export function provideModels(
  functions: readonly LocalFunction[],
  appFolder: string,
  temporaryFolder: string,
  env: NodeJS.ProcessEnv,
): string[] {
  return functions.flatMap((fn) =>
    objectsOf(fn).flatMap(({ text, key, sha256 }) => {
      const copy = fn.modelCopies?.[sha256];
      if (copy !== undefined && existsSync(resolve(appFolder, copy))) {
        provide(resolve(appFolder, copy), join(temporaryFolder, MODELS_FOLDER), `${sha256}.onnx`);
        return [];
      }
      if (env[S3_ENDPOINT]) return [];
      return `${text} of ${fn.endpointName}, which lies in S3 as ${key}: read its signature from a copy of it (SignatureSource.fromOnnx), or name an S3 that has it in ${S3_ENDPOINT}`;
    }),
  );
}

/** Variables by which functions reach the developer's own S3, if there is one. */
export function s3Environment(env: NodeJS.ProcessEnv): Record<string, string> {
  if (!env[S3_ENDPOINT]) return {};
  const names = [S3_ENDPOINT, 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

function objectsOf({ folder, endpointName }: LocalFunction): { text: string; key: string; sha256: string }[] {
  const file = join(folder, ENDPOINT_SPEC_FILE);
  if (endpointName === undefined || !existsSync(file)) return [];
  const { servedEntities } = JSON.parse(readFileSync(file, 'utf8')) as EndpointSpec;
  return servedEntities.flatMap((entity) => {
    if (entity.kind !== 'model' || entity.model.object === undefined) return [];
    const { modelName, version, object } = entity.model;
    return [{ text: `model ${modelName} version ${version}`, key: object.key, sha256: object.sha256 }];
  });
}

function provide(source: string, folder: string, name: string): void {
  const target = join(folder, name);
  if (existsSync(target) && statSync(target).size === statSync(source).size) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  copyFileSync(source, `${target}.${process.pid}.part`);
  renameSync(`${target}.${process.pid}.part`, target);
}
