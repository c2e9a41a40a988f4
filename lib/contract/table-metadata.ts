// A table spec in the metadata of a CloudFormation template, where null is refused: a dimension of any length is -1 there.
import { type ColumnSpec, isArray, type JsonValue } from './data-types';
import type { TableSpec } from './endpoint-spec';

/** The spec as a template takes it. */
export function toTableMetadata(spec: TableSpec): { readonly [key: string]: JsonValue } {
  return mapShapes(spec, (length) => length ?? -1) as unknown as { readonly [key: string]: JsonValue };
}

/** The spec that a template has. */
export function fromTableMetadata(metadata: unknown): TableSpec {
  return mapShapes(metadata as TableSpec, (length) => (length === -1 ? null : length));
}

function mapShapes(spec: TableSpec, map: (length: number | null) => number | null): TableSpec {
  const mapColumn = (column: ColumnSpec): ColumnSpec =>
    isArray(column.type) ? { ...column, type: { ...column.type, shape: column.type.shape.map(map) } } : column;
  return { ...spec, features: spec.features.map(mapColumn) };
}
