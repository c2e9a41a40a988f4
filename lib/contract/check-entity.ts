import { type ColumnSpec, type DataType } from './data-types';
import { type ExpressionFunctionSpec, type FeaturesSpec, type ModelSpec, REQUEST_TIME, type RequestColumnSpec } from './endpoint-spec';
import {
  checkAnswer,
  checkDuplicateColumns,
  checkExclude,
  checkFunctionInputs,
  checkFunctionNames,
  checkLookupKeys,
  checkOverridable,
  checkReservedNames,
} from './entity-checks';
import { byName, derivedColumns, type EntityPieces } from './entity-pieces';
import { type Finding } from './finding';
import {
  checkModelDefaults,
  checkModelTypes,
  checkNullable,
  checkRequestKeys,
  inferRequestColumns,
  withModelFallback,
} from './infer-columns';
import { type InputLineage, type KnownColumns, traceColumn, traceModel } from './lineage';
import { checkFunctionCycles } from './order-functions';
import { paramColumns } from './params';

/** A named input of an expression. */
export interface TypedName {
  readonly name: string;
  readonly type: DataType;
}

/** Checks an expression against the types of its inputs and its output. Returns undefined if the expression is valid. */
export type ExpressionCheck = (one: ExpressionFunctionSpec, inputs: readonly TypedName[]) => { expected: string; got: string } | undefined;

/** The result of checking the pieces of a served entity. The other members are incomplete where there are findings. */
export interface ResolvedEntity {
  /** The features for the endpoint spec, with every request column that the entity reads. */
  readonly features: FeaturesSpec;
  /** The columns that a request may send, with inferred types. */
  readonly requestColumns: readonly RequestColumnSpec[];
  /**
   * For a model: the lineage of each input column, in the model's order, then of each column that only its routine reads. For a feature
   * spec:
   * the lineage of each column of the answer.
   */
  readonly lineage: readonly InputLineage[];
  readonly findings: readonly Finding[];
}

/** Infers the request columns of a served entity and checks that its features, tables and model fit together. */
export function resolveEntity(pieces: EntityPieces, checkExpression: ExpressionCheck): ResolvedEntity {
  const { features } = pieces;
  const sent = inferRequestColumns(pieces);
  const requestColumns = sent.map((column) => (column.overridesLookup ? column : withModelFallback(column, pieces)));
  const resolved: FeaturesSpec = {
    ...features,
    requestColumns: sent.map(({ name }) => name),
    lookups: features.lookups.map((lookup) => ({
      ...lookup,
      features: lookup.features.map(({ feature, column }) => ({ feature, column: withModelFallback(column, pieces) })),
    })),
    functions: features.functions.map((one) => ({ ...one, output: withModelFallback(one.output, pieces) })),
  };
  const derived = byName(derivedColumns({ ...pieces, features: resolved }));
  const sentColumns = requestColumns.filter(({ overridesLookup }) => !overridesLookup);
  const columns = new Map<string, ColumnSpec>(
    [...sentColumns, ...[...derived.values()].map(({ column }) => column)].map((column) => [column.name, column]),
  );
  const findings = checkSources(pieces, requestColumns, columns);
  const params = new Map(paramColumns(pieces.model).map((column) => [column.name, column]));
  const complete = findings.length > 0 ? findings : checkExpressions(resolved, new Map([...columns, ...params]), checkExpression);
  if (complete.length > 0) return { features: resolved, requestColumns, lineage: [], findings: complete };
  return {
    features: resolved,
    requestColumns,
    lineage: traceInputs(pieces, { derived, columns, params, overridable: pieces.overridable }),
    findings: [],
  };
}

/** Resolves a model version without features: the request sends all of its columns. */
export function modelOnlyEntity(model: ModelSpec): ResolvedEntity {
  const features = { requestColumns: [], lookups: [], functions: [], exclude: [] };
  return resolveEntity({ features, declaredRequestColumns: [], overridable: [], tables: [], model }, () => undefined);
}

/** Checks that every column has one source, of the right type. */
function checkSources(
  pieces: EntityPieces,
  requestColumns: readonly RequestColumnSpec[],
  columns: ReadonlyMap<string, ColumnSpec>,
): Finding[] {
  const known = [...columns.keys()];
  return [
    ...checkReservedNames(pieces),
    ...checkDuplicateColumns(pieces),
    ...checkFunctionNames(pieces),
    ...checkLookupKeys(pieces),
    ...checkRequestKeys(pieces, requestColumns),
    ...checkOverridable(pieces),
    ...checkExclude(pieces, known),
    ...checkAnswer(pieces, known),
    ...checkFunctionInputs(pieces, known),
    ...checkFunctionCycles(pieces.features.functions),
    ...checkModelTypes(pieces, columns),
    ...checkNullable(pieces, columns),
    ...checkModelDefaults(pieces, columns),
  ];
}

/** Checks every expression against the types of its inputs and its output. */
function checkExpressions({ functions }: FeaturesSpec, columns: ReadonlyMap<string, ColumnSpec>, check: ExpressionCheck): Finding[] {
  return functions.flatMap((one) => {
    if (one.kind !== 'expression') return [];
    const inputs = one.inputs.map(
      ({ name, column }) => ({ name, type: column === REQUEST_TIME ? 'timestamp' : columns.get(column)!.type }) satisfies TypedName,
    );
    const problem = check(one, inputs);
    return problem === undefined ? [] : [{ path: `function '${one.name}'`, ...problem }];
  });
}

function traceInputs({ model, features }: EntityPieces, known: KnownColumns): InputLineage[] {
  if (model !== undefined) return traceModel(model, known);
  return [...known.columns.keys()].filter((name) => !features.exclude.includes(name)).map((name) => traceColumn(name, known));
}
