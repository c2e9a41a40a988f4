import type { EndpointSpec, TrafficSpec } from '../../lib/contract/endpoint-spec';
import type { Plan } from './plan';

/** Which requests and answers the log keeps, and what of them. */
export interface InferencePlan {
  /** Above 0 and at most 1. */
  readonly sampledShare: number;
  /** How many bytes a request, an answer or the states of features may have as a string in JSON. */
  readonly maxPayloadBytes: number;
  /** Undefined where everything is kept as it is. */
  readonly redaction: Redaction | undefined;
  /** The model versions by served entity, as the table's `request_metadata` has them. */
  readonly models: ReadonlyMap<string, { readonly model_name: string; readonly model_version: string }>;
}

/** What is not kept of requests and answers. */
export interface Redaction {
  readonly columns: ReadonlySet<string>;
  /** Whether answers name one of the columns. */
  readonly isAnswered: boolean;
  /** Whether predictions without a name may be values of one of the columns: an answer of one output leaves its name out. */
  readonly hidesUnnamed: boolean;
  /** Whether sticky keys are made of one of the columns. */
  readonly hidesKeys: boolean;
}

/** What an endpoint's log keeps; undefined where it has no inference table. @param entities those of the spec that are enabled */
export function planInference(
  { inferenceTable, servedEntities, traffic }: EndpointSpec,
  entities: readonly Plan[],
): InferencePlan | undefined {
  if (inferenceTable === undefined) return undefined;
  const { sampledShare, maxPayloadBytes, redactedColumns = [] } = inferenceTable;
  return {
    sampledShare,
    maxPayloadBytes,
    redaction: redactedColumns.length === 0 ? undefined : planRedaction(new Set(redactedColumns), entities, traffic),
    models: new Map(
      servedEntities.flatMap((entity) =>
        entity.kind === 'model'
          ? [[entity.name, { model_name: entity.model.modelName, model_version: entity.model.version }] as const]
          : [],
      ),
    ),
  };
}

function planRedaction(columns: ReadonlySet<string>, entities: readonly Plan[], traffic: TrafficSpec | undefined): Redaction {
  const answers = entities.map(({ answer }) => answer);
  return {
    columns,
    isAnswered: answers.some((answer) => answeredBy(answer).some((name) => columns.has(name))),
    hidesUnnamed: answers.some(
      (answer) => answer.kind === 'model' && answeredBy(answer).length === 1 && columns.has(answeredBy(answer)[0]!),
    ),
    hidesKeys: traffic?.kind === 'sticky' && 'columns' in traffic.key && traffic.key.columns.some((name) => columns.has(name)),
  };
}

function answeredBy(answer: Plan['answer']): string[] {
  const columns = answer.kind === 'features' ? answer.columns : (answer.postprocess?.outputs ?? answer.outputs);
  return columns.map(({ name }) => name);
}
