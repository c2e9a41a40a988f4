import { type ColumnSpec, type DataType } from './data-types';
import { type FeaturesSpec, type ModelSpec, type RequestColumnSpec, type TableSpec } from './endpoint-spec';
import { type Finding } from './finding';
import { type InputLineage } from './lineage';

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
}

/** A named input of an expression. */
export interface TypedName {
  readonly name: string;
  readonly type: DataType;
}

/** Checks an expression: what is wrong with it, or undefined; `output` is the type that its result must become. */
export type ExpressionCheck = (
  expression: string,
  inputs: readonly TypedName[],
  output: DataType,
) => { expected: string; got: string } | undefined;

/** A served entity whose pieces were held against each other. Where there are findings, the rest is incomplete. */
export interface ResolvedEntity {
  /** For the endpoint spec: every request column that is read, functions in an order in which their inputs are known. */
  readonly features: FeaturesSpec;
  /** What a request may send, with inferred types. */
  readonly requestColumns: readonly RequestColumnSpec[];
  /** Of every column of the model's inputs in the model's order, or of every column of the answer. */
  readonly lineage: readonly InputLineage[];
  readonly findings: readonly Finding[];
}

/** Holds the pieces of a served entity against each other. */
export function resolveEntity(pieces: EntityPieces, _checkExpression: ExpressionCheck): ResolvedEntity {
  return { features: pieces.features, requestColumns: [...pieces.declaredRequestColumns], lineage: [], findings: [] };
}
