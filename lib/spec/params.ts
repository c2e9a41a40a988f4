import type { ColumnSpec } from './data-types';
import type { ModelSpec, ParamSpec } from './endpoint-spec';

/** The name under which a function takes a param as an input. */
export function paramColumnName({ name }: ParamSpec): string {
  return `params.${name}`;
}

/** The model's params as functions see them: columns that have one value in all records of a request. */
export function paramColumns(model: ModelSpec | undefined): ColumnSpec[] {
  return (model?.params ?? []).map((param) => {
    const { type, defaultValue } = param;
    return { name: paramColumnName(param), type, ...(defaultValue === undefined ? { nullable: true } : { defaultValue }) };
  });
}
