import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { version } from '../../package.json';
import { BINDINGS_VARIABLE, ENDPOINT_SPEC_FILE, type EndpointSpec, type ModelSpec } from '../../lib/contract/endpoint-spec';
import type { ModelOnlyEvent } from '../../lib/contract/rollout-document';
import type * as DynamoDbReader from '../online/dynamodb-reader';
import type { OnlineReader } from '../online/reader';
import { beforeDeadline } from '../serving/before-deadline';
import { encodeError } from '../serving/encode-error';
import { type HttpAnswer, type HttpRequest, jsonAnswer } from '../serving/http';
import type { Io } from '../serving/io';
import { makeEndpointPlan } from '../serving/make-endpoint-plan';
import { modelOnlySpec } from '../serving/model-only-spec';
import type * as ModelStoreModule from '../serving/model-store';
import type { ModelStore } from '../serving/model-store';
import { onlineLookups } from '../lookups/online-lookups';
import { openSession, threadsOf } from '../serving/onnx-session';
import type { EndpointPlan } from '../serving/plan';
import { RequestRecord } from '../serving/record';
import type { Scorer } from '../serving/score';
import { serve as answer } from '../serving/serve';
import { bindingsOf } from './bindings';
import { bodyOf, type HttpApiAnswer, type HttpApiEvent, type LambdaContext, pathOf, requesterOf } from './event';
import { routesOf } from './routes';

/** An HTTP API waits 29 seconds: our own answer must come before. */
const LONGEST_ANSWER = 25_000;

/** What is left of a function's time to write the answer, in milliseconds. */
const TIME_TO_ANSWER = 250;

/** What the handler takes from the process that it runs in. */
export interface Host {
  readonly env: { readonly [name: string]: string | undefined };
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Gives a number of at least 0 and below 1. */
  readonly random: () => number;
  /** Takes a line of the log. */
  readonly write: (line: string) => void;
  /** Makes what reads the online store; called only if the endpoint looks features up. */
  readonly reader: () => OnlineReader;
  /** Makes what fetches models from S3; called only if the endpoint has one there. */
  readonly models: () => ModelStore;
}

/** Answers an event of an HTTP API, or of who tries a new version before it gets traffic. */
export type Handler = (event: HttpApiEvent | ModelOnlyEvent, context: LambdaContext) => Promise<HttpApiAnswer>;

/**
 * The handler of a serving function: reads the endpoint spec in the folder and begins to load its model at once.
 * @throws Error if the folder's endpoint spec cannot be served
 */
export function serve(folder: string, host: Host = processHost()): Handler {
  const loadFile = createRequire(join(folder, ENDPOINT_SPEC_FILE));
  const text = readFileSync(join(folder, ENDPOINT_SPEC_FILE), 'utf8');
  const spec = JSON.parse(text) as EndpointSpec;
  const loadModule = (file: string) => loadFile(join(folder, file)) as unknown;
  const plan = makeEndpointPlan(spec, bindingsOf(host.env), loadModule);
  const io = makeIo(folder, spec, plan, host, hashOf(text));
  const routeOf = routesOf(plan.endpointName, plan.traffic.named.keys());
  let isFirst = true;

  return async (event, context) => {
    if ('modelOnly' in event) {
      const alone = makeEndpointPlan(modelOnlySpec(spec, event.modelOnly), { tables: {} }, loadModule);
      return answerOf(await answer(alone, io, modelOnlyRequest(event, context, host.now()), undefined));
    }
    const request = requestOf(event, context, host.now(), isFirst);
    isFirst = false;
    try {
      const route = routeOf(event.requestContext.http.method, pathOf(event));
      switch (route.kind) {
        case 'alive':
          return answerOf(jsonAnswer(200, { status: 'alive' }));
        case 'health':
          for (const {
            entityName,
            answer: { kind },
          } of plan.entities)
            if (kind === 'model') await beforeDeadline(io.scorer(entityName), request.deadline - io.now());
          return answerOf(jsonAnswer(200, { status: 'healthy' }));
        case 'version':
          return answerOf(jsonAnswer(200, aboutOf(spec, io.specHash)));
        case 'invocations':
          return answerOf(await answer(plan, io, request, route.servedEntity));
      }
    } catch (error) {
      return answerOf(new RequestRecord(plan, io, request).ends(encodeError(error, request.requestId), error));
    }
  };
}

/** The environment, the clock and the log of this process. */
function processHost(): Host {
  const { env } = process;
  return {
    env,
    now: Date.now,
    write: (line) => process.stdout.write(line),
    reader() {
      // signing and credentials take as long to load as all the rest: only an endpoint that looks up pays for them
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load them at every cold start
      const { createOnlineReader } = require('../online/dynamodb-reader') as typeof DynamoDbReader;
      return createOnlineReader({ env, now: Date.now, random: Math.random, sleep: (milliseconds) => setTimeout(milliseconds) });
    },
    random: Math.random,
    models() {
      // likewise
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load them at every cold start
      const { createModelStore } = require('../serving/model-store') as typeof ModelStoreModule;
      return createModelStore({
        env,
        now: Date.now,
        random: Math.random,
        sleep: (milliseconds) => setTimeout(milliseconds),
        folder: tmpdir(),
      });
    },
  };
}

function makeIo(folder: string, spec: EndpointSpec, plan: EndpointPlan, host: Host, specHash: string): Io {
  const scorers = scorersOf(folder, spec, host);
  return {
    lookups: plan.entities.some(({ rounds }) => rounds.length > 0) ? onlineLookups(host.reader()) : undefined,
    scorer: (servedEntity) => scorers.get(servedEntity)!(),
    random: host.random,
    now: host.now,
    uptime: () => performance.now(),
    functionName: host.env.AWS_LAMBDA_FUNCTION_NAME ?? plan.endpointName,
    specHash,
    log: (line) => host.write(`${JSON.stringify(line)}\n`),
  };
}

/** The models of the served entities: one that several serve is loaded once. */
function scorersOf(folder: string, { servedEntities }: EndpointSpec, host: Host): Map<string, () => Promise<Scorer>> {
  const byModel = new Map<string, () => Promise<Scorer>>();
  const scorers = new Map<string, () => Promise<Scorer>>();
  for (const entity of servedEntities) {
    if (entity.kind !== 'model') continue;
    const { modelName, version } = entity.model;
    const key = `${modelName}/${version}`;
    const scorer = byModel.get(key) ?? startedAtOnce(openerOf(folder, entity.model, host));
    byModel.set(key, scorer);
    scorers.set(entity.name, scorer);
  }
  return scorers;
}

/** What loads a model: from the asset, or from S3 by way of this machine's temporary folder. */
function openerOf(folder: string, { file, object, session }: ModelSpec, host: Host): () => Promise<Scorer> {
  const threads = threadsOf(Number(host.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? 0));
  if (object === undefined) return () => openSession(join(folder, file!), threads, session);
  const bucketName = bindingsOf(host.env).buckets?.[object.bucket];
  if (bucketName === undefined) throw new Error(`${BINDINGS_VARIABLE}: expected the bucket '${object.bucket}', got: none`);
  const models = host.models();
  return async () => openSession(await models.fetch(bucketName, object), threads, session);
}

/** Opens at once, and anew when it is asked for after it failed: what lies in S3 may be there a moment later. */
function startedAtOnce<T>(open: () => Promise<T>): () => Promise<T> {
  let hasFailed = false;
  const start = () => {
    hasFailed = false;
    const opened = open();
    // whoever awaits it is told; before that nobody has to be
    opened.catch(() => (hasFailed = true));
    return opened;
  };
  let current = start();
  return () => (hasFailed ? (current = start()) : current);
}

function requestOf(event: HttpApiEvent, context: LambdaContext, now: number, isFirst: boolean): HttpRequest {
  return {
    requestId: event.requestContext.requestId,
    headers: event.headers ?? {},
    body: bodyOf(event),
    deadline: deadlineOf(context, now),
    isFirst,
    requester: requesterOf(event),
  };
}

function modelOnlyRequest({ requestId, record }: ModelOnlyEvent, context: LambdaContext, now: number): HttpRequest {
  return {
    requestId,
    headers: {},
    body: JSON.stringify({ dataframe_records: [record] }),
    deadline: deadlineOf(context, now),
    isFirst: false,
    isTrial: true,
  };
}

function deadlineOf(context: LambdaContext, now: number): number {
  return now + Math.min(LONGEST_ANSWER, context.getRemainingTimeInMillis() - TIME_TO_ANSWER);
}

function aboutOf({ endpointName, servedEntities, disabledEntities = [] }: EndpointSpec, specHash: string): object {
  const enabled = servedEntities.map((entity) => ({
    served_entity: entity.name,
    ...(entity.kind === 'model' && { model_name: entity.model.modelName, model_version: entity.model.version }),
  }));
  const [only, ...others] = [...enabled, ...disabledEntities.map((name) => ({ served_entity: name, enabled: false }))];
  return {
    endpoint: endpointName,
    ...(others.length === 0 ? only : { served_entities: [only, ...others] }),
    spec_hash: specHash,
    library: `cdk-ml-serving ${version}`,
  };
}

/** Names a spec by its content, long enough to tell the versions of an endpoint apart. */
function hashOf(spec: string): string {
  return createHash('sha256').update(spec).digest('hex').slice(0, 16);
}

function answerOf({ status, headers, body }: HttpAnswer): HttpApiAnswer {
  return { statusCode: status, headers, body, isBase64Encoded: false };
}
