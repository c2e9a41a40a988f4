import type { ColumnSpec } from './data-types';
import type { EndpointSpec, ModelSpec, ParamSpec, ServedEntitySpec } from './endpoint-spec';

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

/** The params of a served entity's model. */
export function paramsOf(entity: ServedEntitySpec): readonly ParamSpec[] {
  return entity.kind === 'model' ? (entity.model.params ?? []) : [];
}

/** What a request may set beside its records: the params of all entities, each name once. */
export function requestParams({ servedEntities }: Pick<EndpointSpec, 'servedEntities'>): ParamSpec[] {
  return [...new Map(servedEntities.flatMap(paramsOf).map((param) => [param.name, param])).values()];
}
