import type { Bindings, EndpointSpec } from '../../lib/contract/endpoint-spec';
import { orderFunctions } from '../../lib/contract/order-functions';
import { paramColumnName, paramsOf, requestParams } from '../../lib/contract/params';
import type { Redaction } from '../protocols/protocol';
import { valueForm } from '../protocols/read-value';
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

function planInference(spec: EndpointSpec, entities: readonly Plan[]): InferencePlan | undefined {
  const { inferenceTable, servedEntities } = spec;
  if (inferenceTable === undefined) return undefined;
  const { sampledShare, maxPayloadBytes, redactedColumns = [] } = inferenceTable;
  return {
    sampledShare,
    maxPayloadBytes,
    redaction: redactedColumns.length === 0 ? undefined : planRedaction(spec, redactedNames(spec), entities),
    models: new Map(
      servedEntities.flatMap((entity) =>
        entity.kind === 'model'
          ? [[entity.name, { model_name: entity.model.modelName, model_version: entity.model.version }] as const]
          : [],
      ),
    ),
  };
}

/** The redacted columns and the columns that functions and routines derive from them, without the columns that stay in the log. */
function redactedNames({ inferenceTable, servedEntities }: EndpointSpec): ReadonlySet<string> {
  const { redactedColumns = [], unredactedColumns = [] } = inferenceTable!;
  const names = new Set(redactedColumns);
  const derive = (inputs: readonly string[], outputs: readonly { readonly name: string }[]): void => {
    if (!inputs.some((input) => names.has(input))) return;
    for (const { name } of outputs) if (!unredactedColumns.includes(name)) names.add(name);
  };
  for (const entity of servedEntities) {
    const params = paramsOf(entity);
    for (const param of params) derive([param.name], [{ name: paramColumnName(param) }]);
    for (const { inputs, output } of orderFunctions(entity.features.functions)) {
      derive(
        inputs.map(({ column }) => column),
        [output],
      );
    }
    const step = entity.kind === 'model' ? entity.model.routine?.postprocess : undefined;
    if (step !== undefined)
      derive(
        [...step.inputs, ...params].map(({ name }) => name),
        step.outputs,
      );
  }
  return names;
}

function planRedaction(spec: EndpointSpec, redacted: ReadonlySet<string>, entities: readonly Plan[]): Redaction {
  const { requestColumns, traffic } = spec;
  const outputs = entities.flatMap(({ answer }) => answeredNames(answer)).filter((name) => redacted.has(name));
  return {
    columns: requestColumns.flatMap(({ name, type }, cell) => (redacted.has(name) ? [] : [{ name, cell, isValue: valueForm(type) }])),
    params: requestParams(spec).flatMap(({ name, type }) => (redacted.has(name) ? [] : [{ name, isValue: valueForm(type) }])),
    outputs: new Set(outputs),
    hidesKeys: traffic?.kind === 'sticky' && 'columns' in traffic.key && traffic.key.columns.some((name) => redacted.has(name)),
  };
}

function answeredNames(answer: Plan['answer']): string[] {
  const columns = answer.kind === 'features' ? answer.columns : (answer.postprocess?.outputs ?? answer.outputs);
  return columns.map(({ name }) => name);
}
