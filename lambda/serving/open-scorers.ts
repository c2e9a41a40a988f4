import { join } from 'node:path';
import { type Bindings, BINDINGS_VARIABLE, type EndpointSpec, type ModelSpec } from '../../lib/contract/endpoint-spec';
import type { Environment } from '../aws/credentials';
import type { ModelStore } from './model-store';
import { openSession, threadsOf } from './onnx-session';
import type { Scorer } from './score';

/** Where models are opened. */
export interface ScorerHost {
  readonly env: Environment;
  /** Makes a store of models in S3; called only if the endpoint has a model in S3. */
  readonly models: () => ModelStore;
}

/**
 * Starts to load the models of the served entities; a model that several entities serve is loaded once.
 * @param folder the folder of the endpoint's asset
 * @returns a function per served entity that gives the entity's model, and loads the model again after a failure
 */
export function openScorers(
  folder: string,
  { servedEntities }: EndpointSpec,
  bindings: Bindings,
  host: ScorerHost,
): ReadonlyMap<string, () => Promise<Scorer>> {
  const byModel = new Map<string, () => Promise<Scorer>>();
  const scorers = new Map<string, () => Promise<Scorer>>();
  for (const entity of servedEntities) {
    if (entity.kind !== 'model') continue;
    const { modelName, version } = entity.model;
    const key = `${modelName}/${version}`;
    const scorer = byModel.get(key) ?? startedAtOnce(openerOf(folder, entity.model, bindings, host));
    byModel.set(key, scorer);
    scorers.set(entity.name, scorer);
  }
  return scorers;
}

function openerOf(
  folder: string,
  { scorer, session }: ModelSpec,
  { buckets }: Bindings,
  { env, models }: ScorerHost,
): () => Promise<Scorer> {
  const threads = threadsOf(Number(env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? 0));
  switch (scorer.kind) {
    case 'file':
      return () => openSession(join(folder, scorer.file), threads, session);
    case 'object': {
      const bucketName = buckets?.[scorer.bucket];
      if (bucketName === undefined) throw new Error(`${BINDINGS_VARIABLE}: expected the bucket '${scorer.bucket}', got: none`);
      const store = models();
      return async () => openSession(await store.fetch(bucketName, scorer), threads, session);
    }
  }
}

/** Opens at once; after a failure each call opens again, because an object may be in S3 a moment later. */
function startedAtOnce<T>(open: () => Promise<T>): () => Promise<T> {
  let hasFailed = false;
  const start = () => {
    hasFailed = false;
    const opened = open();
    // without a handler, a model that fails before a request awaits it would end the process
    opened.catch(() => (hasFailed = true));
    return opened;
  };
  let current = start();
  return () => (hasFailed ? (current = start()) : current);
}
