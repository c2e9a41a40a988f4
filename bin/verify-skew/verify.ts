import type { JsonValue } from '../../lib/contract/data-types';
import type { Batch } from '../../lambda/serving/batch';
import { jsonText } from '../../lambda/protocols/json-body';
import { readBody } from '../../lambda/protocols/mlflow/read-body';
import { batchOf } from '../../lambda/serving/part';
import type { EndpointPlan } from '../../lambda/serving/endpoint-plan';
import { validate } from '../../lambda/serving/validate';
import { type Difference, differingPredictions, differingRefusals, differingValues } from './differences';
import type { BothLookups } from './open-lookups';
import type { Predictor } from './predictor';
import { replay, type Replayed, runStep, type StepResult } from './replay';
import type { FileRequest } from './request-file';

/** How many records are looked up together: offline, where a lookup may be a scan, and online. */
const OFFLINE_ROWS = 50_000;
const ONLINE_ROWS = 1_000;

/** What a replay needs. */
export interface VerifyIo {
  /** The plan of one served entity. */
  readonly plan: EndpointPlan;
  readonly lookups: BothLookups;
  /** Undefined if the plan has no model. */
  readonly predictor: Predictor | undefined;
  /** The clock of all requests, in milliseconds since 1970. */
  readonly clock: number;
}

/** The result of a request. */
export interface VerifiedRequest {
  readonly line: number;
  /** The number of its records. */
  readonly rows: number;
  readonly differences: readonly Difference[];
  /** Why the request is refused with the features of both stores; absent if it is answered, or if something differs. */
  readonly refused?: string;
}

interface ReadRequest {
  readonly line: number;
  readonly batch: Batch;
  readonly params: Readonly<Record<string, unknown>> | undefined;
}

/** Replays requests with the features of each store. @returns the results, in the order of the requests */
export async function* verify(requests: readonly FileRequest[], io: VerifyIo): AsyncGenerator<VerifiedRequest> {
  for (let next = 0; next < requests.length;) {
    const read: (ReadRequest | VerifiedRequest)[] = [];
    for (let rows = 0; next < requests.length && rows < OFFLINE_ROWS; next++) {
      const one = await readRequest(io.plan, requests[next]!);
      if ('batch' in one) rows += one.batch.rows;
      read.push(one);
    }
    yield* verifyTogether(read, io);
  }
}

async function readRequest(plan: EndpointPlan, { line, body }: FileRequest): Promise<ReadRequest | VerifiedRequest> {
  const entity = plan.entities[0]!;
  const outcome = await runStep(() => {
    const records = readBody(jsonText({ headers: {}, body }), plan.request.columns);
    return { batch: batchOf({ plan: entity, rows: undefined }, validate(plan, records)), params: records.params };
  });
  return outcome.kind === 'done' ? { line, ...outcome.result } : { line, rows: 0, differences: [], refused: outcome.reason };
}

async function* verifyTogether(read: readonly (ReadRequest | VerifiedRequest)[], io: VerifyIo): AsyncGenerator<VerifiedRequest> {
  const entity = io.plan.entities[0]!;
  const time = BigInt(io.clock) * 1000n;
  const batches = read.flatMap((one) => ('batch' in one ? [one.batch] : []));
  const offline = await replay(entity, io.lookups.offline, batches, () => time);
  const online: Replayed[] = [];
  for (const some of groups(batches)) online.push(...(await replay(entity, io.lookups.online, some, () => time)));
  let at = 0;
  for (const one of read) {
    if (!('batch' in one)) yield one;
    else {
      yield await compareSides(one, offline[at]!, online[at]!, io);
      at++;
    }
  }
}

/** Groups batches so that a group has about as many records as one request may have. */
function groups(batches: readonly Batch[]): Batch[][] {
  const all: Batch[][] = [];
  let rows = Infinity;
  for (const batch of batches) {
    if (rows + batch.rows > ONLINE_ROWS) {
      all.push([]);
      rows = 0;
    }
    all.at(-1)!.push(batch);
    rows += batch.rows;
  }
  return all;
}

async function compareSides(request: ReadRequest, offline: Replayed, online: Replayed, io: VerifyIo): Promise<VerifiedRequest> {
  const { columns, rounds, functions } = io.plan.entities[0]!;
  const lookedUp = rounds.flatMap(({ lookups }) => lookups.flatMap(({ features }) => features.map(({ column }) => column)));
  const computed = functions.map(({ output }) => output);
  const differences = [
    ...differingValues(columns, [...new Set(lookedUp)], offline.lookedUp, online.lookedUp),
    ...differingValues(columns, computed, offline.computed, online.computed),
  ];
  // the same columns give the same prediction
  const offlineAnswer = await predicted(request, offline.computed, io);
  const isSame = differences.length === 0 && offline.computed.kind === 'done' && online.computed.kind === 'done';
  const onlineAnswer = isSame ? offlineAnswer : await predicted(request, online.computed, io);
  if (offlineAnswer.kind === 'done' && onlineAnswer.kind === 'done') {
    differences.push(...differingPredictions(io.predictor?.outputs ?? [], offlineAnswer.result, onlineAnswer.result));
  }
  differences.push(...differingRefusals(offlineAnswer, onlineAnswer));
  const { line, batch } = request;
  const isRefused = offlineAnswer.kind === 'refused' && differences.length === 0;
  return { line, rows: batch.rows, differences, ...(isRefused && { refused: offlineAnswer.reason }) };
}

async function predicted(
  { line, params }: ReadRequest,
  computed: StepResult<Batch>,
  { predictor }: VerifyIo,
): Promise<StepResult<readonly JsonValue[] | undefined>> {
  if (computed.kind === 'refused') return computed;
  if (predictor === undefined) return { kind: 'done', result: undefined };
  return predictor.predict(`line-${line}`, computed.result, params);
}
