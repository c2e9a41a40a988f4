import { byName, madeColumns } from './column-sources';
import { type ColumnSpec, type DataType } from './data-types';
import {
  type ExpressionFunctionSpec,
  type FeaturesSpec,
  type ModelSpec,
  REQUEST_TIME,
  type RequestColumnSpec,
  type TableSpec,
} from './endpoint-spec';
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

/** What is known of a served entity before its pieces are held against each other. */
export interface EntityPieces {
  /** As declared. */
  readonly features: FeaturesSpec;
  readonly declaredRequestColumns: readonly ColumnSpec[];
  /** Looked-up columns that a request may send itself. */
  readonly overridable: readonly string[];
  /** The tables that the lookups read. */
  readonly tables: readonly TableSpec[];
  /** Absent when the features themselves are served. */
  readonly model?: ModelSpec;
  /** Types that request columns have in all entities of the endpoint, where that is not what the pieces say; absent where it is. */
  readonly requestTypes?: ReadonlyMap<string, DataType>;
}

/** A named input of an expression. */
export interface TypedName {
  readonly name: string;
  readonly type: DataType;
}

/** Checks an expression with the types of its inputs: what is wrong with it, or undefined. */
export type ExpressionCheck = (one: ExpressionFunctionSpec, inputs: readonly TypedName[]) => { expected: string; got: string } | undefined;

/** A served entity whose pieces were held against each other. Where there are findings, the rest is incomplete. */
export interface ResolvedEntity {
  /** For the endpoint spec: every request column that is read. */
  readonly features: FeaturesSpec;
  /** What a request may send, with inferred types. */
  readonly requestColumns: readonly RequestColumnSpec[];
  /** Of every column of the model's inputs in the model's order and of what is read after it, or of every column of the answer. */
  readonly lineage: readonly InputLineage[];
  readonly findings: readonly Finding[];
}

/** Holds the pieces of a served entity against each other. */
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
  const made = byName(madeColumns({ ...pieces, features: resolved }));
  const ownColumns = requestColumns.filter(({ overridesLookup }) => !overridesLookup);
  const columns = new Map<string, ColumnSpec>(
    [...ownColumns, ...[...made.values()].map(({ column }) => column)].map((column) => [column.name, column]),
  );
  const findings = checkSources(pieces, requestColumns, columns);
  const params = new Map(paramColumns(pieces.model).map((column) => [column.name, column]));
  const complete = findings.length > 0 ? findings : checkExpressions(resolved, new Map([...columns, ...params]), checkExpression);
  if (complete.length > 0) return { features: resolved, requestColumns, lineage: [], findings: complete };
  return {
    features: resolved,
    requestColumns,
    lineage: traceInputs(pieces, { made, columns, params, overridable: pieces.overridable }),
    findings: [],
  };
}

/** That every column has one source of the right type. */
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

/** That every expression is right for the types of its inputs and of its output. */
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
