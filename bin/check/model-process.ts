import { tmpdir } from 'node:os';
import type { JsonValue } from '../../lib/contract/data-types';
import { type Bindings, BINDINGS_VARIABLE, type RequestColumnSpec } from '../../lib/contract/endpoint-spec';
import { type FunctionHost, FunctionProcess } from '../dev/function-process';
import { provideModels } from '../dev/models-in-s3';
import type { LocalFunction } from '../dev/plan';
import { makeModelOnlyAsset, type ModelOnlyAsset } from './model-only-asset';
import type { ServedModel } from './served-models';

/** Where the code of functions runs. */
export interface ModelHost extends Pick<FunctionHost, 'script' | 'modules'> {
  /** The folder of the user's app. */
  readonly appFolder: string;
}

/** Predictions, one a record, or why there are none. */
export type ModelAnswer =
  { readonly kind: 'done'; readonly result: readonly JsonValue[] } | { readonly kind: 'refused'; readonly reason: string };

/** A model of 2 GB is read in less. */
const SECONDS_A_REQUEST = 120;

/** What a function has on Lambda unless the app says otherwise; it decides how many threads a model runs on. */
const MEMORY_MEBIBYTES = 1024;

interface Answer {
  readonly statusCode: number;
  readonly body: string;
}

/** A model version by itself, in a process of its own, by the code that serves it. Whoever makes one stops it. */
export class ModelProcess {
  /** Why it cannot be run on this machine; undefined where it can. */
  public readonly skipped: string | undefined;
  private readonly asset: ModelOnlyAsset;
  private readonly fn: FunctionProcess;
  private readonly lines: string[] = [];

  /** @param columns what a request sends; by default the columns of the version as its signature has them */
  constructor(served: ServedModel, host: ModelHost, columns?: readonly RequestColumnSpec[]) {
    this.asset = makeModelOnlyAsset(served, columns);
    const local = localFunction(this.asset.folder, served);
    this.fn = new FunctionProcess(local, { ...host, dynamodbEndpoint: '', log: (_, line) => void this.lines.push(line) });
    if (provideModels([local], host.appFolder, tmpdir(), {}).length > 0) {
      this.skipped = `it lies in S3 as ${served.model.object!.key}, and the app names no copy of it (SignatureSource.fromOnnx)`;
    }
  }

  /** Loads the model. @returns why it cannot be run at all; undefined where it can */
  public async load(): Promise<string | undefined> {
    const health = await this.ask('health', 'GET', '/health');
    if (typeof health === 'string') return firstLine(health);
    return health.statusCode === 200 ? undefined : this.loggedReason();
  }

  /** Sends the body of a request. */
  public async predict(requestId: string, body: object): Promise<ModelAnswer> {
    const answer = await this.ask(requestId, 'POST', '/invocations', body);
    if (typeof answer === 'string') return { kind: 'refused', reason: firstLine(answer) };
    const { predictions, message } = JSON.parse(answer.body) as { readonly predictions: readonly JsonValue[]; readonly message: string };
    if (answer.statusCode === 200) return { kind: 'done', result: predictions };
    const reason = answer.statusCode < 500 ? '' : ` (${await this.loggedReason()})`;
    return { kind: 'refused', reason: `${answer.statusCode} ${message}${reason}` };
  }

  /** Ends the process, and removes its code. */
  public async stop(): Promise<void> {
    await this.fn.stop();
    this.asset.dispose();
  }

  /** Sends what an HTTP API would. @returns the answer, or why there is none */
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

  /** What the log says of the reason why the last request failed. The process ends: it has printed everything then, and starts again when it is asked. */
  private async loggedReason(): Promise<string> {
    await this.fn.stop();
    const printed = this.lines.splice(0);
    const reason = printed.map(recordOf).findLast((record) => record?.reason !== undefined)?.reason;
    // where on this machine the file of a model lies says nothing: which one it is, is known
    return (reason ?? printed)
      .join(', ')
      .replace(/^Error: /, '')
      .replace(/Load model from \S+ failed:\s*/, '');
  }
}

function localFunction(folder: string, { model: { object }, copies }: ServedModel): LocalFunction {
  const bindings: Bindings = { tables: {}, ...(object && { buckets: { [object.bucket]: object.bucket } }) };
  return {
    stack: 'check',
    name: 'check',
    arn: 'arn:aws:lambda:local:123456789012:function:check',
    region: 'local',
    folder,
    handler: 'index.handler',
    memorySize: MEMORY_MEBIBYTES,
    timeoutSeconds: SECONDS_A_REQUEST,
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
