import type { EndpointSpec, ServedEntitySpec } from '../../lib/spec/endpoint-spec';

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
  /** Whether predictions without a name may be values of one of the columns: an answer of one output leaves its name out. */
  readonly hidesUnnamed: boolean;
}

/** What an endpoint's log keeps; undefined where it has no inference table. */
export function planInference({ inferenceTable, servedEntities }: EndpointSpec): InferencePlan | undefined {
  if (inferenceTable === undefined) return undefined;
  const { sampledShare, maxPayloadBytes, redactedColumns = [] } = inferenceTable;
  const columns = new Set(redactedColumns);
  return {
    sampledShare,
    maxPayloadBytes,
    redaction:
      columns.size === 0 ? undefined : { columns, hidesUnnamed: servedEntities.some((entity) => hasHiddenAnswer(entity, columns)) },
    models: new Map(
      servedEntities.flatMap((entity) =>
        entity.kind === 'model'
          ? [[entity.name, { model_name: entity.model.modelName, model_version: entity.model.version }] as const]
          : [],
      ),
    ),
  };
}

function hasHiddenAnswer(entity: ServedEntitySpec, columns: ReadonlySet<string>): boolean {
  if (entity.kind === 'features') return false;
  const { outputs, routine } = entity.model;
  const answered = routine?.postprocess?.outputs ?? outputs;
  return answered.length === 1 && columns.has(answered[0]!.name);
}
