import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { version } from '../../package.json';
import { ENDPOINT_SPEC_FILE, type EndpointSpec, type ModelSpec } from '../../lib/contract/endpoint-spec';
import type { ModelOnly } from '../../lib/contract/rollout-document';
import { endpointRoutes, type EndpointRoute } from '../../lib/contract/routes';
import { bindingsOf } from '../bindings';
import { onlineLookups } from '../lookups/online-lookups';
import type { OnlineReader } from '../online/reader';
import { type HttpAnswer, type HttpRequest, jsonAnswer } from '../protocols/http';
import { mlflowProtocol } from '../protocols/mlflow/mlflow-protocol';
import type { Protocol } from '../protocols/protocol';
import { Refusal } from '../refusal';
import type { Call } from './call';
import { Deadline } from './deadline';
import type { EndpointPlan } from './endpoint-plan';
import type { Io } from './io';
import { makeEndpointPlan } from './make-endpoint-plan';
import { openScorers, type ScorerHost } from './open-scorers';
import { RequestRecord } from './record';
import { serve } from './serve';

/** The wire protocols by their names in routes. */
const PROTOCOLS = { mlflow: mlflowProtocol } satisfies { [name: string]: Protocol };

/** The process that an endpoint runs in. */
export interface Host extends ScorerHost {
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Gives a number of at least 0 and below 1. */
  readonly random: () => number;
  /** Writes a line of the log. */
  readonly write: (line: string) => void;
  /** Makes a reader of the online store; called only if the endpoint looks features up. */
  readonly reader: () => OnlineReader;
}

/** A running endpoint. */
export interface Endpoint {
  /** Answers a request to one of the endpoint's routes. */
  readonly answer: (request: HttpRequest) => Promise<HttpAnswer>;
  /** Answers a record for one model without lookups and functions: the test of a new version before it gets traffic. */
  readonly answerModelOnly: (modelOnly: ModelOnly, request: HttpRequest) => Promise<HttpAnswer>;
}

/**
 * Starts an endpoint: reads the spec in the folder, and starts to load its models.
 * @throws Error if the spec cannot be served
 */
export function start(folder: string, host: Host): Endpoint {
  const text = readFileSync(join(folder, ENDPOINT_SPEC_FILE), 'utf8');
  const spec = JSON.parse(text) as EndpointSpec;
  const requireFile = createRequire(join(folder, ENDPOINT_SPEC_FILE));
  const loadModule = (file: string) => requireFile(join(folder, file)) as unknown;
  const plan = makeEndpointPlan(spec, bindingsOf(host.env), loadModule);
  const io = makeIo(folder, spec, plan, host, hashOf(text));
  const findRoute = routeFinder(endpointRoutes(plan.endpointName, [...plan.traffic.named.keys()]));
  const about = aboutOf(spec, io.specHash);
  let isFirst = true;

  return {
    async answer(request) {
      const call: Call = { request, protocol: mlflowProtocol, isFirst };
      isFirst = false;
      let target: EndpointRoute['target'];
      try {
        target = findRoute(request.method, request.path);
        if (target.kind === 'health') await checkHealth(plan, io, request);
      } catch (error) {
        const record = new RequestRecord(plan, io, call, Deadline.NONE, undefined);
        return record.finish(call.protocol.encodeError(error, request.requestId), error);
      }
      switch (target.kind) {
        case 'alive':
          return jsonAnswer(200, { status: 'alive' });
        case 'health':
          return jsonAnswer(200, { status: 'healthy' });
        case 'version':
          return jsonAnswer(200, about);
        case 'invocations':
          // a literal, because a spread of `call` would cost a fifth of the request
          return serve(plan, io, { request, protocol: PROTOCOLS[target.protocol], isFirst: call.isFirst, named: target.servedEntity });
      }
    },
    answerModelOnly(modelOnly, request) {
      const alone = makeEndpointPlan(modelOnlySpec(spec, modelOnly), { tables: {} }, loadModule);
      return serve(alone, io, { request, protocol: mlflowProtocol, isFirst: false, isTrial: true });
    },
  };
}

function makeIo(folder: string, spec: EndpointSpec, plan: EndpointPlan, host: Host, specHash: string): Io {
  const scorers = openScorers(folder, spec, bindingsOf(host.env), host);
  return {
    lookups: plan.entities.some(({ rounds }) => rounds.length > 0) ? onlineLookups(host.reader()) : undefined,
    scorer: (servedEntity) => scorers.get(servedEntity)!(),
    random: host.random,
    now: host.now,
    uptime: () => performance.now(),
    functionName: host.env.AWS_LAMBDA_FUNCTION_NAME ?? plan.endpointName,
    functionVersion: host.env.AWS_LAMBDA_FUNCTION_VERSION ?? '$LATEST',
    specHash,
    log: (line) => host.write(`${JSON.stringify(line)}\n`),
  };
}

/** Finds the route of a request. @throws Refusal with 404 for an unknown path, 405 for a method that the path does not take */
function routeFinder(routes: readonly EndpointRoute[]): (method: string, path: string) => EndpointRoute['target'] {
  const byPath = new Map(routes.map((route) => [route.path, route]));
  return (method, path) => {
    const route = byPath.get(path);
    if (route === undefined) {
      throw new Refusal('RESOURCE_DOES_NOT_EXIST', { expected: `one of ${[...byPath.keys()].join(', ')}`, got: path.slice(0, 200) });
    }
    if (route.method !== method)
      throw new Refusal('INVALID_PARAMETER_VALUE', { expected: `${route.method} ${path}`, got: method }, { status: 405 });
    return route.target;
  };
}

/** Waits until all models are loaded. @throws the error of a model that cannot be loaded, or Refusal with DEADLINE_EXCEEDED */
async function checkHealth({ entities }: EndpointPlan, { scorer, now }: Io, request: HttpRequest): Promise<void> {
  const deadline = new Deadline(request.deadline, now);
  for (const { entityName, answer } of entities) if (answer.kind === 'model') await deadline.loaded(scorer(entityName));
}

function aboutOf({ endpointName, servedEntities, disabledEntities = [] }: EndpointSpec, specHash: string): object {
  const enabled = servedEntities.map((entity) => ({
    served_entity: entity.name,
    ...(entity.kind === 'model' && { model_name: entity.model.modelName, model_version: entity.model.version, ...classesOf(entity.model) }),
  }));
  const [only, ...others] = [...enabled, ...disabledEntities.map((name) => ({ served_entity: name, enabled: false }))];
  return {
    endpoint: endpointName,
    ...(others.length === 0 ? only : { served_entities: [only, ...others] }),
    spec_hash: specHash,
    library: `cdk-ml-serving ${version}`,
  };
}

/** Returns the classes of each output with a probability for each class. */
function classesOf({ outputs }: ModelSpec): { readonly classes?: { readonly [output: string]: readonly string[] } } {
  const named = outputs.flatMap(({ name, classes, classNames = classes }) =>
    classNames === undefined ? [] : [[name, classNames] as const],
  );
  return named.length === 0 ? {} : { classes: Object.fromEntries(named) };
}

/** Names a spec by its content, with enough digits to tell the versions of an endpoint apart. */
function hashOf(spec: string): string {
  return createHash('sha256').update(spec).digest('hex').slice(0, 16);
}

/** The spec of an endpoint that serves one of the models alone. @throws Error if the endpoint does not serve the model */
function modelOnlySpec(
  { specVersion, endpointName, servedEntities }: EndpointSpec,
  { servedEntity, requestColumns, features }: ModelOnly,
): EndpointSpec {
  const entity = servedEntities.find(({ name }) => name === servedEntity);
  if (entity?.kind !== 'model') throw new Error(`expected a model that the endpoint serves, got: '${servedEntity}'`);
  return { specVersion, endpointName, tables: [], requestColumns, servedEntities: [{ ...entity, features }] };
}
