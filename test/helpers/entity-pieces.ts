import { type EntityPieces } from '../../lib/contract/entity-pieces';
import { type ColumnSpec, type DataType, type TensorType } from '../../lib/contract/data-types';
import {
  type FeaturesSpec,
  type FunctionSpec,
  type LookupSpec,
  type ModelInputSpec,
  type ModelSpec,
  type TableSpec,
} from '../../lib/contract/endpoint-spec';

/** A column, `columnOf('id', 'string')`. */
export function columnOf(name: string, type: DataType, rest: Partial<ColumnSpec> = {}): ColumnSpec {
  return { name, type, ...rest };
}

/** A table with one string key `id` unless said otherwise. */
export function tableOf(
  name: string,
  features: readonly ColumnSpec[],
  primaryKey: readonly ColumnSpec[] = [columnOf('id', 'string')],
): TableSpec {
  return { name, primaryKey, features };
}

/** A lookup of all features of a table. */
export function lookupOf(table: TableSpec, lookupKey: readonly string[], rename: Readonly<Record<string, string>> = {}): LookupSpec {
  return {
    table: table.name,
    lookupKey,
    features: table.features.map((column) => ({ feature: column.name, column: { ...column, name: rename[column.name] ?? column.name } })),
  };
}

/** An expression, named for its output. */
export function functionOf(output: ColumnSpec, columns: readonly string[], rest: Partial<FunctionSpec> = {}): FunctionSpec {
  const inputs = columns.map((name) => ({ name, column: name }));
  return { kind: 'expression', name: output.name, inputs, output, nullsIn: false, expression: 'true', ...rest } as FunctionSpec;
}

/** A model with one tensor a column. */
export function modelOf(inputs: readonly { readonly column: ColumnSpec; readonly tensor: TensorType }[]): ModelSpec {
  return {
    modelName: 'model',
    version: '1',
    scorer: { kind: 'file', file: 'models/model/1/model.onnx' },
    inputs: inputs.map(({ column, tensor }): ModelInputSpec => ({
      name: column.name,
      type: tensor,
      shape: [null, 1],
      layout: 'column',
      columns: [column],
    })),
    outputs: [{ name: 'y', type: 'float32', shape: [null, 1] }],
  };
}

/** The pieces of an entity, empty but for what is given. */
export function piecesOf(given: Partial<Omit<EntityPieces, 'features'>> & Partial<FeaturesSpec>): EntityPieces {
  const { lookups = [], functions = [], exclude = [], declaredRequestColumns = [], overridable = [], tables = [], model } = given;
  return {
    features: { requestColumns: declaredRequestColumns.map(({ name }) => name), lookups, functions, exclude },
    declaredRequestColumns,
    overridable,
    tables,
    model,
  };
}
