import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MODELS_FOLDER } from '../../lambda/serving/model-store';
import { ENDPOINT_SPEC_FILE, type EndpointSpec } from '../../lib/contract/endpoint-spec';
import type { LocalFunction } from './local-function';

/** The variable that names an S3 endpoint from which functions download models. */
const S3_ENDPOINT = 'AWS_ENDPOINT_URL_S3';

/**
 * For models in S3 with a local copy, puts the copy into the folder where functions keep downloaded models, so that they download nothing. The
 * functions check the hashes.
 * @param temporaryFolder the temporary folder of the functions
 * @returns a line for each model that cannot be scored on this machine
 */
export function provideModels(
  functions: readonly LocalFunction[],
  appFolder: string,
  temporaryFolder: string,
  env: NodeJS.ProcessEnv,
): string[] {
  return functions.flatMap((fn) =>
    objectsOf(fn).flatMap(({ model, key, sha256 }) => {
      const copy = fn.modelCopies?.[sha256];
      if (copy !== undefined && existsSync(resolve(appFolder, copy))) {
        provide(resolve(appFolder, copy), join(temporaryFolder, MODELS_FOLDER), `${sha256}.onnx`);
        return [];
      }
      if (env[S3_ENDPOINT]) return [];
      return `${model} of ${fn.endpointName}, which is in S3 as ${key}: give a local copy of it (SignatureSource.fromOnnx), or set ${S3_ENDPOINT} to an S3 endpoint that has it`;
    }),
  );
}

/** The environment variables that functions need to reach the developer's S3 endpoint; empty without one. */
export function s3Environment(env: NodeJS.ProcessEnv): Record<string, string> {
  if (!env[S3_ENDPOINT]) return {};
  const names = [S3_ENDPOINT, 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

function objectsOf({ folder, endpointName }: LocalFunction): { model: string; key: string; sha256: string }[] {
  const file = join(folder, ENDPOINT_SPEC_FILE);
  if (endpointName === undefined || !existsSync(file)) return [];
  const { servedEntities } = JSON.parse(readFileSync(file, 'utf8')) as EndpointSpec;
  return servedEntities.flatMap((entity) => {
    if (entity.kind !== 'model' || entity.model.scorer.kind !== 'object') return [];
    const { modelName, version, scorer } = entity.model;
    return [{ model: `model ${modelName} version ${version}`, key: scorer.key, sha256: scorer.sha256 }];
  });
}

function provide(source: string, folder: string, name: string): void {
  const target = join(folder, name);
  if (existsSync(target) && statSync(target).size === statSync(source).size) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  copyFileSync(source, `${target}.${process.pid}.part`);
  renameSync(`${target}.${process.pid}.part`, target);
}
