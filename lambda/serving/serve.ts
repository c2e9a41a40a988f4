import { assign, assignmentOfAll, checkEnabled } from './assign';
import type { Batch } from './batch';
import { beforeDeadline } from './before-deadline';
import { compute } from './compute';
import { decode } from './decode';
import { encode, type Lists, listFeatures, listPredictions, listResults } from './encode';
import { encodeError } from './encode-error';
import type { HttpAnswer, HttpRequest } from './http';
import type { Io } from './io';
import { join } from './join';
import { readTogether } from '../lookups/lookups-together';
import { batchOf, inRows, partsOf } from './part';
import type { EndpointPlan, Plan } from './plan';
import { RequestRecord } from './record';
import { postprocess, preprocess } from './run-routine';
import { score } from './score';
import { validate } from './validate';

/**
 * Answers a request: every step is a file beside this one, and only `join` and `score` wait.
 * @param named the name of an entity, an alias or a stage that the request says; undefined where the endpoint's traffic decides
 */
export async function serve(plan: EndpointPlan, io: Io, request: HttpRequest, named: string | undefined): Promise<HttpAnswer> {
  const record = new RequestRecord(plan, io, request, assignmentOfAll(plan, named));
  record.sample();
  try {
    return record.ends(await answer(plan, io, request, record));
  } catch (error) {
    return record.ends(encodeError(error, request.requestId), error); // the one place where an error becomes a status
  }
}

async function answer(plan: EndpointPlan, io: Io, request: HttpRequest, record: RequestRecord): Promise<HttpAnswer> {
  const { ofAll } = record;
  checkEnabled(plan, ofAll);

  record.begins('decode');
  const records = decode(plan, request);
  record.rows = records.rows;
  record.ignoredColumns = records.undeclared.size;
  record.body = records.body;

  record.begins('validate');
  const sent = validate(plan, records);

  if (ofAll !== undefined) {
    const part = { plan: ofAll.entity!, rows: undefined };
    record.begins('join');
    const joined = await join(part.plan, io.lookups!, batchOf(part, sent), record.times, request.deadline);
    record.lookedUp(part, joined);
    const lists = await answerPart(part.plan, io, request, record, joined);
    record.begins('encode');
    return encode([part], [lists]);
  }

  record.begins('assign');
  const assignments = (record.assignments = assign(plan, request, sent, io.random));
  const parts = partsOf(assignments, plan.traffic.first!);

  record.begins('join');
  const lookups = readTogether(io.lookups!);
  const joined = await Promise.all(
    parts.map((part) => inRows(part, () => join(part.plan, lookups, batchOf(part, sent), record.times, request.deadline))),
  );
  parts.forEach((part, i) => record.lookedUp(part, joined[i]!));
  const lists: Lists[] = [];
  for (const [i, part] of parts.entries()) lists.push(await inRows(part, () => answerPart(part.plan, io, request, record, joined[i]!)));

  record.begins('encode');
  return encode(
    parts,
    lists,
    assignments.map(({ entityName }) => entityName!),
  );
}

/** @param joined the records of the request that the entity answers */
async function answerPart(plan: Plan, io: Io, request: HttpRequest, record: RequestRecord, joined: Batch): Promise<Lists> {
  const { answer, entityName } = plan;
  record.begins('compute');
  const computed = compute(plan, joined, record.times);
  if (answer.kind === 'features') return listFeatures(answer, computed);

  let fed = computed;
  if (answer.preprocess !== undefined) {
    record.begins('preprocess');
    fed = preprocess(answer.preprocess, computed);
  }

  record.begins('score');
  const scorer = await beforeDeadline(io.scorer(entityName), request.deadline - io.now());
  const scored = await score(answer, scorer, fed, record.checkDeadline);
  if (answer.postprocess === undefined) return listPredictions(answer, computed.rows, scored, record.rows!);

  record.begins('postprocess');
  return listResults(answer.postprocess, postprocess(answer.postprocess, answer, computed, scored, record.rows!));
}
