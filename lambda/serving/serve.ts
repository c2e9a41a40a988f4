import { beforeDeadline } from './before-deadline';
import { compute } from './compute';
import { decode } from './decode';
import { encodeFeatures, encodePredictions, encodeResults } from './encode';
import { encodeError } from './encode-error';
import type { HttpAnswer, HttpRequest } from './http';
import type { Io } from './io';
import { join } from './join';
import type { Plan } from './plan';
import { RequestRecord } from './record';
import { postprocess, preprocess } from './run-routine';
import { score } from './score';
import { validate } from './validate';

/** Answers a request: every step is a file beside this one, and only `join` and `score` wait. */
export async function serve(plan: Plan, io: Io, request: HttpRequest): Promise<HttpAnswer> {
  const record = new RequestRecord(plan, io, request);
  try {
    return record.ends(await answer(plan, io, request, record));
  } catch (error) {
    return record.ends(encodeError(error, request.requestId), error); // the one place where an error becomes a status
  }
}

async function answer(plan: Plan, io: Io, request: HttpRequest, record: RequestRecord): Promise<HttpAnswer> {
  record.begins('decode');
  const records = decode(plan, request);
  record.rows = records.rows;
  record.ignoredColumns = records.undeclared.size;

  record.begins('validate');
  const batch = validate(plan, records);

  record.begins('join');
  const joined = await join(plan, io.lookups!, batch, record.times, request.deadline);

  record.begins('compute');
  const computed = compute(plan, joined, record.times);
  if (plan.answer.kind === 'features') {
    record.begins('encode');
    return encodeFeatures(plan, plan.answer, computed);
  }

  let fed = computed;
  if (plan.answer.preprocess !== undefined) {
    record.begins('preprocess');
    fed = preprocess(plan.answer.preprocess, computed);
  }

  record.begins('score');
  const scorer = await beforeDeadline(io.scorer(), request.deadline - io.now());
  const scored = await score(plan.answer, scorer, fed, record.checkDeadline);
  if (plan.answer.postprocess !== undefined) {
    record.begins('postprocess');
    const results = postprocess(plan.answer.postprocess, plan.answer, computed, scored);
    record.begins('encode');
    return encodeResults(plan, plan.answer.postprocess, results);
  }

  record.begins('encode');
  return encodePredictions(plan, plan.answer, records.rows, scored);
}
