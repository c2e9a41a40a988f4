import { readTogether } from '../lookups/shared-lookups';
import type { Answer, AnsweredPart, EntityAnswer } from '../protocols/answer';
import type { HttpAnswer } from '../protocols/http';
import { assign, checkEnabled, partsOf, wholeRequestAssignment } from './assign';
import type { Batch } from './batch';
import type { Call } from './call';
import { compute } from './compute';
import { Deadline } from './deadline';
import type { EndpointPlan } from './endpoint-plan';
import type { Io } from './io';
import { join } from './join';
import { batchOf, withRequestRows } from './part';
import type { FeatureAnswerPlan, Plan } from './plan';
import { RequestRecord } from './record';
import { postprocess, preprocess } from './run-routine';
import { score } from './score';
import { validate } from './validate';

/** Answers a request: each step has a file beside this one, and only `join` and `score` wait. */
export async function serve(plan: EndpointPlan, io: Io, call: Call): Promise<HttpAnswer> {
  const deadline = new Deadline(call.request.deadline, io.now);
  const record = new RequestRecord(plan, io, call, deadline, wholeRequestAssignment(plan, call.named));
  record.sample();
  try {
    const answer = (record.answered = await answerCall(plan, io, call, record, deadline));
    record.startStep('encode');
    return record.finish(call.protocol.encode(answer));
  } catch (error) {
    // the one place where an error becomes a status
    return record.finish(call.protocol.encodeError(error, call.request.requestId), error);
  }
}

async function answerCall(
  plan: EndpointPlan,
  io: Io,
  { request, protocol }: Call,
  record: RequestRecord,
  deadline: Deadline,
): Promise<Answer> {
  const whole = record.wholeRequestAssignment;
  checkEnabled(plan, whole);

  record.startStep('decode');
  const decoded = (record.decoded = protocol.decode(request, plan.request.columns));
  const records = decoded.rows;

  record.startStep('validate');
  const sent = validate(plan, decoded);

  if (whole !== undefined) {
    const part = { plan: whole.entity!, rows: undefined };
    record.startStep('join');
    const joined = await join(part.plan, io.lookups!, batchOf(part, sent), record.times, request.deadline);
    record.noteLookups(part, joined);
    const answer = await answerPart(part.plan, io, record, deadline, joined, records);
    return { parts: [{ entityName: part.plan.entityName, rows: undefined, answer }], records };
  }

  record.startStep('assign');
  const assignments = (record.assignments = assign(plan, request, sent, io.random));
  const parts = partsOf(assignments, plan.traffic.first!);

  record.startStep('join');
  const lookups = readTogether(io.lookups!);
  const joined = await Promise.all(
    parts.map((part) => withRequestRows(part, () => join(part.plan, lookups, batchOf(part, sent), record.times, request.deadline))),
  );
  parts.forEach((part, i) => record.noteLookups(part, joined[i]!));
  const answered: AnsweredPart[] = [];
  for (const [i, part] of parts.entries()) {
    const answer = await withRequestRows(part, () => answerPart(part.plan, io, record, deadline, joined[i]!, records));
    answered.push({ entityName: part.plan.entityName, rows: part.rows, answer });
  }
  return { parts: answered, records, servedEntities: assignments.map(({ entityName }) => entityName!) };
}

/**
 * Answers the records of one entity.
 * @param joined the values that the request sends and that the lookups found
 * @param records how many records the whole request has
 */
async function answerPart(
  plan: Plan,
  io: Io,
  record: RequestRecord,
  deadline: Deadline,
  joined: Batch,
  records: number,
): Promise<EntityAnswer> {
  const { answer: model, entityName } = plan;
  record.startStep('compute');
  const computed = compute(plan, joined, record.times, deadline);
  if (model.kind === 'features') return featureAnswer(model, computed);

  let fed = computed;
  if (model.preprocess !== undefined) {
    record.startStep('preprocess');
    fed = preprocess(model.preprocess, computed, deadline);
  }

  record.startStep('score');
  const scorer = await deadline.loaded(io.scorer(entityName));
  const runs = await score(model, scorer, fed, records, deadline);
  if (model.postprocess === undefined) return { kind: 'model', runs };

  record.startStep('postprocess');
  const results = postprocess(model.postprocess, computed, runs, deadline);
  return { kind: 'routine', outputs: model.postprocess.outputs, results };
}

function featureAnswer({ columns }: FeatureAnswerPlan, batch: Batch): EntityAnswer {
  const answered = columns.map(({ name, column, write }) => ({ name, write, ...batch.columns[column]! }));
  return { kind: 'features', columns: answered, records: batch.rows };
}
