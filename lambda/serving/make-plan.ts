import type { ColumnSpec } from '../../lib/contract/data-types';
import {
  type Bindings,
  type EndpointSpec,
  type FeaturesSpec,
  type ModelSpec,
  REQUEST_TIME,
  type RequestColumnSpec,
  type ServedEntitySpec,
} from '../../lib/contract/endpoint-spec';
import { paramColumnName, paramColumns, paramsOf, requestParams } from '../../lib/contract/params';
import { orderFunctions } from '../../lib/contract/order-functions';
import { valueReader } from '../protocols/read-value';
import { valueWriter } from '../protocols/write-value';
import { compileFunction, type LoadModule } from './compile-function';
import { planLookups } from './make-lookup-plan';
import { planRoutine } from './make-routine-plan';
import { inputPlan } from './make-tensor';
import type { ModelPlan } from './model-plan';
import { type Needed, neededByAnswer, neededByModel, neededForTraining } from './needed-columns';
import type { ColumnPlan, EntityParamPlan, FeatureAnswerPlan, FunctionPlan, Plan, SentColumnPlan, SinglePlan } from './plan';
import { checkVersion, planReading } from './make-reading-plan';

/** The columns of an entity. */
interface Columns {
  readonly all: readonly ColumnPlan[];
  readonly indexOf: ReadonlyMap<string, number>;
}

/** Plans a served entity. @throws Error if a physical name is missing, functions depend on each other, or a function does not compile */
export function makePlan(spec: EndpointSpec, entity: ServedEntitySpec, bindings: Bindings, loadModule: LoadModule): Plan {
  const neededBy = entity.kind === 'model' ? (features: FeaturesSpec) => neededByModel(features, entity.model) : neededByAnswer;
  const { columns, plan } = planFeatures(spec, bindings, entity, neededBy, loadModule);
  return { ...plan, answer: entity.kind === 'model' ? planModel(entity.model, columns, loadModule) : planAnswer(entity.features, columns) };
}

/**
 * Plans the only served entity of an endpoint as if it served features: the answer is all features of the entity. A value that its model
 * needs is still required.
 * @throws Error as {@link makePlan} does, and if the endpoint has several entities or none
 */
export function makeFeaturePlan(
  spec: EndpointSpec,
  bindings: Bindings,
  loadModule: LoadModule,
): SinglePlan & { readonly answer: FeatureAnswerPlan } {
  const entity = onlyEntity(spec);
  const neededBy = entity.kind === 'model' ? (features: FeaturesSpec) => neededForTraining(features, entity.model) : neededByAnswer;
  const { columns, plan } = planFeatures(spec, bindings, entity, neededBy, loadModule);
  const params = entity.kind === 'model' ? paramColumns(entity.model).map(({ name }) => name) : [];
  const answer = planAnswer({ exclude: [...entity.features.exclude, ...params] }, columns);
  return { ...plan, answer, reading: planReading(spec, [plan]) };
}

/**
 * Plans the only served entity of an endpoint.
 * @throws Error as {@link makePlan} does, and if the endpoint has several entities or none
 */
export function makeSinglePlan(spec: EndpointSpec, bindings: Bindings, loadModule: LoadModule): SinglePlan {
  const plan = makePlan(spec, onlyEntity(spec), bindings, loadModule);
  return { ...plan, reading: planReading(spec, [plan]) };
}

function onlyEntity({ servedEntities: [entity, ...others] }: EndpointSpec): ServedEntitySpec {
  if (entity !== undefined && others.length === 0) return entity;
  throw new Error(`endpoint spec: expected one served entity, got: ${entity === undefined ? 0 : others.length + 1}`);
}

/** Plans everything of an entity except its answer. */
function planFeatures(
  spec: EndpointSpec,
  bindings: Bindings,
  entity: ServedEntitySpec,
  neededBy: (features: FeaturesSpec) => Needed,
  loadModule: LoadModule,
): { readonly columns: Columns; readonly plan: Omit<Plan, 'answer'> } {
  checkVersion(spec);
  const features = { ...entity.features, functions: orderFunctions(entity.features.functions) };
  const needed = neededBy(features);
  const columns = planColumns(spec, entity, needed);
  return {
    columns,
    plan: {
      entityName: entity.name,
      columns: columns.all,
      sent: planSent(spec, entity, columns, needed),
      params: planParams(spec, entity, columns),
      rounds: planLookups(spec, bindings, features, columns.indexOf, needed),
      functions: planFunctions(features, columns, needed, loadModule),
    },
  };
}

/** One column for each name, in the order of the answer. A looked-up feature that the request may override is the looked-up column. */
function planColumns(spec: EndpointSpec, entity: ServedEntitySpec, needed: Needed): Columns {
  const { features } = entity;
  const specs = new Map<string, ColumnSpec>();
  for (const column of requestColumnsOf(spec, features)) if (!column.overridesLookup) specs.set(column.name, column);
  for (const lookup of features.lookups) for (const { column } of lookup.features) specs.set(column.name, column);
  for (const { output } of features.functions) specs.set(output.name, output);
  if (entity.kind === 'model')
    for (const column of paramColumns(entity.model)) if (needed.values.has(column.name)) specs.set(column.name, column);
  const all = [...specs.values()].map(({ name, type, nullable = false, defaultValue }): ColumnPlan => {
    const fallback = defaultValue === undefined ? undefined : valueReader(type)(defaultValue);
    // a looked-up key may be null: then its lookup finds no row, and the features of that lookup are missing
    return { name, type, fallback, mayBeNull: nullable || !needed.required.has(name) };
  });
  return { all, indexOf: new Map(all.map(({ name }, i) => [name, i])) };
}

/** The request columns of an entity, with its own defaults and overrides. */
function requestColumnsOf(spec: EndpointSpec, { requestColumns, ownColumns = [] }: FeaturesSpec): readonly RequestColumnSpec[] {
  return requestColumns.map((name) => [...ownColumns, ...spec.requestColumns].find((column) => column.name === name)!);
}

function planSent(spec: EndpointSpec, { features }: ServedEntitySpec, { all, indexOf }: Columns, needed: Needed): SentColumnPlan[] {
  return requestColumnsOf(spec, features).flatMap(({ name, overridesLookup = false }) => {
    if (!needed.values.has(name) && !needed.keys.has(name)) return [];
    const column = indexOf.get(name)!;
    const cell = spec.requestColumns.findIndex((sent) => sent.name === name);
    return [{ cell, column, overridesLookup, required: overridesLookup ? undefined : requiredOf(all[column]!, needed.keys.has(name)) }];
  });
}

/** What an error says was expected instead of a missing value; undefined if the value may be missing. */
function requiredOf({ fallback, mayBeNull }: ColumnPlan, isKey: boolean): string | undefined {
  if (fallback !== undefined) return undefined;
  if (isKey) return 'a value, because it is the key of a lookup';
  return mayBeNull ? undefined : 'a value';
}

function planParams(spec: EndpointSpec, entity: ServedEntitySpec, { indexOf }: Columns): EntityParamPlan[] {
  const all = requestParams(spec).map(({ name }) => name);
  return paramsOf(entity).map((param) => {
    const { name, type, defaultValue = null } = param;
    const fallback = defaultValue === null ? null : valueReader(type)(defaultValue);
    return { param: all.indexOf(name), fallback, column: indexOf.get(paramColumnName(param)) };
  });
}

function planFunctions(features: FeaturesSpec, columns: Columns, needed: Needed, loadModule: LoadModule): FunctionPlan[] {
  return features.functions
    .filter(({ output }) => needed.values.has(output.name))
    .map((fn) => {
      const inputs = fn.inputs.map(({ column }) => (column === REQUEST_TIME ? undefined : columns.indexOf.get(column)!));
      const types = inputs.map((index) => (index === undefined ? 'timestamp' : columns.all[index]!.type));
      const output = columns.indexOf.get(fn.output.name)!;
      return { name: fn.name, inputs, output, nullsIn: fn.nullsIn, call: compileFunction(fn, types, loadModule) };
    });
}

function planModel(model: ModelSpec, { all, indexOf }: Columns, loadModule: LoadModule): ModelPlan {
  const columnOf = ({ name }: Pick<ColumnSpec, 'name'>) => ({ index: indexOf.get(name)!, type: all[indexOf.get(name)!]!.type });
  const { preprocess, postprocess, feedOf, blame } = planRoutine(model, columnOf, all.length, loadModule);
  const outputs = model.outputs.map(({ name, tensor = name, shape, classes }) => ({
    name,
    tensor,
    mayHaveBatch: mayHaveBatch(shape),
    isList: shape?.length === 2 && shape[1] !== 1,
    classes,
  }));
  return {
    kind: 'model',
    text: `${model.modelName} version ${model.version}`,
    inputs: model.inputs.map((input) => blame(inputPlan(input, input.columns.map(feedOf)))),
    fetches: outputs.map(({ tensor }) => tensor),
    outputs,
    oneByOne: model.inputs.some(({ shape }) => shape[0] === 1),
    preprocess,
    postprocess,
  };
}

/**
 * A first length of 1 may come from an export with one record. A longer fixed length is not the batch axis, because synth refuses inputs
 * with a longer fixed batch.
 */
function mayHaveBatch(shape: readonly (number | null)[] | undefined): boolean {
  return shape === undefined || (shape.length > 0 && (shape[0] === null || shape[0] === 1));
}

function planAnswer({ exclude }: Pick<FeaturesSpec, 'exclude'>, { all }: Columns): FeatureAnswerPlan {
  return {
    kind: 'features',
    columns: all.flatMap(({ name, type }, column) => (exclude.includes(name) ? [] : [{ name, column, write: valueWriter(type) }])),
  };
}
