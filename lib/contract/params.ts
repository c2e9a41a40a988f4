import type { ColumnSpec } from './data-types';
import type { EndpointSpec, ModelSpec, ParamSpec, ServedEntitySpec } from './endpoint-spec';

/** Returns the column name by which functions read a param. */
export function paramColumnName({ name }: ParamSpec): string {
  return `params.${name}`;
}

/** Returns the model's params as columns, which have the same value in all records of a request. */
export function paramColumns(model: ModelSpec | undefined): ColumnSpec[] {
  return (model?.params ?? []).map((param) => {
    const { type, defaultValue } = param;
    return { name: paramColumnName(param), type, ...(defaultValue === undefined ? { nullable: true } : { defaultValue }) };
  });
}

/** Returns the params of a served entity's model. */
export function paramsOf(entity: ServedEntitySpec): readonly ParamSpec[] {
  return entity.kind === 'model' ? (entity.model.params ?? []) : [];
}

/** Returns the params that a request may set: the params of all entities, each name once. */
export function requestParams({ servedEntities }: Pick<EndpointSpec, 'servedEntities'>): ParamSpec[] {
  return [...new Map(servedEntities.flatMap(paramsOf).map((param) => [param.name, param])).values()];
}
