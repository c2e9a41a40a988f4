import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HEALTH_PATH, ROOT_INVOCATIONS_PATH } from '../../lib/contract/routes';
import type { JsonValue } from '../../lib/contract/data-types';
import {
  type Bindings,
  BINDINGS_VARIABLE,
  ENDPOINT_SPEC_FILE,
  type EndpointSpec,
  type RequestColumnSpec,
  SPEC_VERSION,
} from '../../lib/contract/endpoint-spec';
import { modelOnlyEntity } from '../../lib/contract/check-entity';
import type { ServedModel } from '../app/served-models';
import { type FunctionHost, FunctionProcess } from './function-process';
import type { LocalFunction } from './local-function';
import { provideModels } from './models-in-s3';

/** The machine that a model runs on. */
export interface ModelHost extends Pick<FunctionHost, 'script' | 'modules'> {
  /** The folder of the user's app. */
  readonly appFolder: string;
}

/** One prediction a record, or why the request was refused. */
export type ModelAnswer =
  { readonly kind: 'done'; readonly result: readonly JsonValue[] } | { readonly kind: 'refused'; readonly reason: string };

/** The time limit of a request, in seconds. A model of 2 GB loads in less. */
const TIMEOUT_SECONDS = 120;

/** The default memory size of a serving function. It decides how many threads a model runs on. */
const MEMORY_MEBIBYTES = 1024;

interface Answer {
  readonly statusCode: number;
  readonly body: string;
}

/** Runs one model version without its endpoint, with the serving code, in a separate process. Call {@link stop} when done. */
export class ModelProcess {
  /** Why the model cannot run on this machine; undefined if it can. */
  public readonly skipped: string | undefined;
  private readonly asset: ModelOnlyAsset;
  private readonly fn: FunctionProcess;
  private readonly lines: string[] = [];

  /** @param columns the columns of a request; by default the columns of the version's signature */
  constructor(served: ServedModel, host: ModelHost, columns?: readonly RequestColumnSpec[]) {
    this.asset = makeModelOnlyAsset(served, columns);
    const local = localFunction(this.asset.folder, served);
    this.fn = new FunctionProcess(local, { ...host, dynamodbEndpoint: '', log: (_, line) => void this.lines.push(line) });
    const { scorer } = served.model;
    if (scorer.kind === 'object' && provideModels([local], host.appFolder, tmpdir(), {}).length > 0) {
      this.skipped = `it is in S3 as ${scorer.key}, and the app has no local copy of it (SignatureSource.fromOnnx)`;
    }
  }

  /** Loads the model. @returns why it does not load; undefined if it does */
  public async load(): Promise<string | undefined> {
    const health = await this.ask('health', 'GET', HEALTH_PATH);
    if (typeof health === 'string') return firstLine(health);
    return health.statusCode === 200 ? undefined : this.loggedReason();
  }

  /** Sends a request with this body. */
  public async predict(requestId: string, body: object): Promise<ModelAnswer> {
    const answer = await this.ask(requestId, 'POST', ROOT_INVOCATIONS_PATH, body);
    if (typeof answer === 'string') return { kind: 'refused', reason: firstLine(answer) };
    const { predictions, message } = JSON.parse(answer.body) as { readonly predictions: readonly JsonValue[]; readonly message: string };
    if (answer.statusCode === 200) return { kind: 'done', result: predictions };
    const reason = answer.statusCode < 500 ? '' : ` (${await this.loggedReason()})`;
    return { kind: 'refused', reason: `${answer.statusCode} ${message}${reason}` };
  }

  /** Ends the process and removes its code. */
  public async stop(): Promise<void> {
    await this.fn.stop();
    this.asset.dispose();
  }

  /** Sends the event of an HTTP API. @returns the answer, or why the function gave none */
  private async ask(requestId: string, method: string, path: string, body?: object): Promise<Answer | string> {
    const outcome = await this.fn.invoke(requestId, {
      rawPath: path,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      requestContext: { stage: '$default', requestId, http: { method } },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      isBase64Encoded: false,
    });
    return outcome.kind === 'answer' ? (outcome.result as Answer) : outcome.reason;
  }

  /** Reads from the log why the last request failed. Stops the process first, so that the output is complete. */
  private async loggedReason(): Promise<string> {
    await this.fn.stop();
    const printed = this.lines.splice(0);
    const reason = printed.map(recordOf).findLast((record) => record?.reason !== undefined)?.reason;
    // the path of the temporary copy of the model tells the user nothing
    return (reason ?? printed)
      .join(', ')
      .replace(/^Error: /, '')
      .replace(/Load model from \S+ failed:\s*/, '');
  }
}

/** The code of a function that serves only one model version. */
interface ModelOnlyAsset {
  readonly folder: string;
  /** Removes the folder. */
  dispose(): void;
}

/**
 * Copies the code of the serving function, with an endpoint spec in which the request sends every column of the model version. No table is
 * looked up and no feature function runs.
 */
function makeModelOnlyAsset(
  { folder: source, servedEntity, model }: ServedModel,
  columns: readonly RequestColumnSpec[] | undefined,
): ModelOnlyAsset {
  const { features, requestColumns } = modelOnlyEntity(model);
  const spec: EndpointSpec = {
    specVersion: SPEC_VERSION,
    endpointName: 'check',
    tables: [],
    requestColumns: columns ?? requestColumns,
    servedEntities: [{ kind: 'model', name: servedEntity, model, features }],
  };
  const folder = mkdtempSync(join(tmpdir(), 'cdk-ml-serving-check-'));
  for (const name of readdirSync(source)) {
    if (name === ENDPOINT_SPEC_FILE) continue;
    if (statSync(join(source, name)).isDirectory()) symlinkSync(join(source, name), join(folder, name), 'junction');
    else copyFileSync(join(source, name), join(folder, name));
  }
  writeFileSync(join(folder, ENDPOINT_SPEC_FILE), JSON.stringify(spec));
  return { folder, dispose: () => rmSync(folder, { recursive: true, force: true }) };
}

function localFunction(folder: string, { model: { scorer }, copies }: ServedModel): LocalFunction {
  const bindings: Bindings = { tables: {}, ...(scorer.kind === 'object' && { buckets: { [scorer.bucket]: scorer.bucket } }) };
  return {
    stack: 'check',
    name: 'check',
    arn: 'arn:aws:lambda:local:123456789012:function:check',
    region: 'local',
    folder,
    handler: 'index.handler',
    memorySize: MEMORY_MEBIBYTES,
    timeoutSeconds: TIMEOUT_SECONDS,
    environment: { [BINDINGS_VARIABLE]: JSON.stringify(bindings) },
    layers: [],
    endpointName: 'check',
    ...(copies && { modelCopies: copies }),
  };
}

function recordOf(line: string): { readonly reason?: readonly string[] } | undefined {
  return line.startsWith('{') ? (JSON.parse(line) as { readonly reason?: readonly string[] }) : undefined;
}

function firstLine(text: string): string {
  return text.split('\n')[0]!;
}
