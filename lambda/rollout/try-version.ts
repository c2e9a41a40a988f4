import type { JsonValue } from '../../lib/contract/data-types';
import { compareAnswer, differenceText } from '../../lib/contract/compare-answer';
import { caseText, type ModelCase } from '../../lib/contract/model-cases';
import { HEALTH_PATH } from '../../lib/contract/routes';
import type { ModelOnlyEvent, RolloutDocument, TriedEntity } from '../../lib/contract/rollout-document';

/** A serving function's answer to an event. */
export interface VersionAnswer {
  readonly statusCode: number;
  readonly body: string;
}

/** Calls the version under trial. @throws Error if it does not answer */
export type InvokeVersion = (event: object) => Promise<VersionAnswer>;

/**
 * Tries a new version: it must be healthy, with all of its models loaded, and answer all cases as expected.
 * @returns a line for each problem
 */
export async function tryVersion({ endpointName, entities }: RolloutDocument, invoke: InvokeVersion): Promise<string[]> {
  const health = await invoke(HEALTH);
  if (health.statusCode !== 200)
    return [`endpoint '${endpointName}': expected status 200 of GET /health, got: ${health.statusCode} ${health.body}`];
  const problems: string[] = [];
  for (const entity of entities) {
    for (const [row, testCase] of entity.cases.cases.entries()) problems.push(...(await tryCase(entity, testCase, row, invoke)));
  }
  return problems;
}

const HEALTH = {
  rawPath: HEALTH_PATH,
  headers: {},
  requestContext: { stage: '$default', requestId: 'health', http: { method: 'GET' } },
  isBase64Encoded: false,
};

async function tryCase(entity: TriedEntity, testCase: ModelCase, row: number, invoke: InvokeVersion): Promise<string[]> {
  const { servedEntity, requestColumns, features, outputs, cases } = entity;
  const place = `served entity '${servedEntity}', ${caseText(testCase.name, row)}`;
  const event: ModelOnlyEvent = {
    modelOnly: { servedEntity, requestColumns, features },
    requestId: `${servedEntity}-${row}`,
    record: testCase.row,
  };
  const { statusCode, body } = await invoke(event);
  if (statusCode !== 200) return [`${place}: expected an answer, got: ${statusCode} ${body}`];
  const { predictions } = JSON.parse(body) as { readonly predictions: readonly JsonValue[] };
  return compareAnswer(outputs, testCase.expected, predictions[0]!, cases.tolerance).map(
    (difference) => `${place}, ${differenceText(difference)}`,
  );
}
