import type { Bindings, EndpointSpec, TrafficSpec } from '../../lib/contract/endpoint-spec';
import type { Redaction } from '../protocols/protocol';
import type { LoadModule } from './compile-function';
import type { EndpointPlan, InferencePlan } from './endpoint-plan';
import { makePlan } from './make-plan';
import { checkVersion, planReading } from './make-reading-plan';
import { planTraffic } from './make-traffic-plan';
import type { Plan } from './plan';

/**
 * Interprets an endpoint spec, once at start-up.
 * @throws Error if this release does not know the spec's version, and what {@link makePlan} throws
 */
export function makeEndpointPlan(spec: EndpointSpec, bindings: Bindings, loadModule: LoadModule): EndpointPlan {
  checkVersion(spec);
  const entities = spec.servedEntities.map((entity) => makePlan(spec, entity, bindings, loadModule));
  return {
    endpointName: spec.endpointName,
    ...planReading(spec, entities),
    entities,
    traffic: planTraffic(spec, entities),
    inference: planInference(spec, entities),
  };
}

function planInference({ inferenceTable, servedEntities, traffic }: EndpointSpec, entities: readonly Plan[]): InferencePlan | undefined {
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
    isAnswered: answers.some((answer) => answeredNames(answer).some((name) => columns.has(name))),
    hidesUnnamed: answers.some(
      (answer) => answer.kind === 'model' && answeredNames(answer).length === 1 && columns.has(answeredNames(answer)[0]!),
    ),
    hidesKeys: traffic?.kind === 'sticky' && 'columns' in traffic.key && traffic.key.columns.some((name) => columns.has(name)),
  };
}

function answeredNames(answer: Plan['answer']): string[] {
  const columns = answer.kind === 'features' ? answer.columns : (answer.postprocess?.outputs ?? answer.outputs);
  return columns.map(({ name }) => name);
}
