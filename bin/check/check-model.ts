import { tmpdir } from 'node:os';
import type { JsonValue } from '../../lib/spec/data-types';
import { type Bindings, BINDINGS_VARIABLE } from '../../lib/spec/endpoint-spec';
import { compareAnswer, type Difference } from '../../lib/spec/compare-answer';
import { answeredOutputs, type ModelCase } from '../../lib/spec/model-cases';
import { type FunctionHost, FunctionProcess } from '../dev/function-process';
import { provideModels } from '../dev/models-in-s3';
import type { LocalFunction } from '../dev/plan';
import { makeModelOnlyAsset } from './model-only-asset';
import type { ServedModel } from './served-models';

/** How a model version did. */
export interface CheckedModel {
  readonly served: ServedModel;
  /** Why it cannot be run at all; absent where it can. */
  readonly broken?: string;
  /** Why it is not run here; absent where it is. */
  readonly skipped?: string;
  readonly failed: readonly FailedCase[];
}

/** A case that was not answered as expected. */
export interface FailedCase {
  readonly name: string;
  /** Its place among the cases. */
  readonly row: number;
  /** What was answered instead of a prediction; absent where the prediction differs. */
  readonly refusal?: string;
  readonly differences: readonly Difference[];
}

/** Where the code of functions runs. */
export interface CheckHost extends Pick<FunctionHost, 'script' | 'modules'> {
  /** The folder of the user's app. */
  readonly appFolder: string;
}

/** A model of 2 GB is read in less. */
const SECONDS_A_REQUEST = 120;

/** What a function has on Lambda unless the app says otherwise; it decides how many threads a model runs on. */
const MEMORY_MEBIBYTES = 1024;

interface Answer {
  readonly statusCode: number;
  readonly body: string;
}

/** Loads a model version by the code that serves it, and asks it every case, each in a request of its own. */
export async function checkModel(served: ServedModel, host: CheckHost): Promise<CheckedModel> {
  const asset = makeModelOnlyAsset(served);
  const lines: string[] = [];
  const local = localFunction(asset.folder, served);
  const fn = new FunctionProcess(local, { ...host, dynamodbEndpoint: '', log: (_, line) => void lines.push(line) });
  try {
    if (provideModels([local], host.appFolder, tmpdir(), {}).length > 0) {
      return {
        served,
        skipped: `it lies in S3 as ${served.model.object!.key}, and the app names no copy of it (SignatureSource.fromOnnx)`,
        failed: [],
      };
    }
    const health = await ask(fn, 'health', 'GET', '/health');
    if (typeof health === 'string' || health.statusCode !== 200) {
      return { served, broken: typeof health === 'string' ? firstLine(health) : await loggedReason(fn, lines), failed: [] };
    }
    const failed: FailedCase[] = [];
    for (const [row, one] of (served.cases?.cases ?? []).entries()) {
      const failure = await runCase(fn, served, one, row, lines);
      if (failure !== undefined) failed.push(failure);
    }
    return { served, failed };
  } finally {
    await fn.stop();
    asset.dispose();
  }
}

async function runCase(
  fn: FunctionProcess,
  { model, cases }: ServedModel,
  one: ModelCase,
  row: number,
  lines: string[],
): Promise<FailedCase | undefined> {
  const { name, expected } = one;
  const answer = await ask(fn, `case-${row}`, 'POST', '/invocations', { dataframe_records: [one.row] });
  if (typeof answer === 'string') return { name, row, refusal: firstLine(answer), differences: [] };
  const body = JSON.parse(answer.body) as { readonly predictions: readonly JsonValue[]; readonly message: string };
  if (answer.statusCode !== 200) {
    const reason = answer.statusCode < 500 ? '' : ` (${await loggedReason(fn, lines)})`;
    return { name, row, refusal: `${answer.statusCode} ${body.message}${reason}`, differences: [] };
  }
  const differences = compareAnswer(answeredOutputs(model), expected, body.predictions[0]!, cases!.tolerance);
  return differences.length === 0 ? undefined : { name, row, differences };
}

/** Sends what an HTTP API would. @returns the answer, or why there is none */
async function ask(fn: FunctionProcess, requestId: string, method: string, path: string, body?: object): Promise<Answer | string> {
  const outcome = await fn.invoke(requestId, {
    rawPath: path,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    requestContext: { stage: '$default', requestId, http: { method } },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    isBase64Encoded: false,
  });
  return outcome.kind === 'answer' ? (outcome.result as Answer) : outcome.reason;
}

function localFunction(folder: string, { model: { object }, copies }: ServedModel): LocalFunction {
  const bindings: Bindings = { tables: {}, ...(object && { buckets: { [object.bucket]: object.bucket } }) };
  return {
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

/** What the log says of the reason why the last request failed. The process ends: it has printed everything then, and starts again when it is asked. */
async function loggedReason(fn: FunctionProcess, lines: string[]): Promise<string> {
  await fn.stop();
  const printed = lines.splice(0);
  const reason = printed.map(recordOf).findLast((record) => record?.reason !== undefined)?.reason;
  // where on this machine the file of a model lies says nothing: which one it is, is known
  return (reason ?? printed)
    .join(', ')
    .replace(/^Error: /, '')
    .replace(/Load model from \S+ failed:\s*/, '');
}

function recordOf(line: string): { readonly reason?: readonly string[] } | undefined {
  return line.startsWith('{') ? (JSON.parse(line) as { readonly reason?: readonly string[] }) : undefined;
}

function firstLine(text: string): string {
  return text.split('\n')[0]!;
}
