// The metadata of a CloudFormation template cannot hold null, so a dimension of any length is -1 there.
import { type ColumnSpec, isArray, type JsonValue } from './data-types';
import type { TableSpec } from './endpoint-spec';

/** Converts a table spec to template metadata. */
export function toTableMetadata(spec: TableSpec): { readonly [key: string]: JsonValue } {
  return mapShapes(spec, (length) => length ?? -1) as unknown as { readonly [key: string]: JsonValue };
}

/** Converts template metadata to a table spec. */
export function fromTableMetadata(metadata: unknown): TableSpec {
  return mapShapes(metadata as TableSpec, (length) => (length === -1 ? null : length));
}

function mapShapes(spec: TableSpec, map: (length: number | null) => number | null): TableSpec {
  const mapColumn = (column: ColumnSpec): ColumnSpec =>
    isArray(column.type) ? { ...column, type: { ...column.type, shape: column.type.shape.map(map) } } : column;
  return { ...spec, features: spec.features.map(mapColumn) };
}
