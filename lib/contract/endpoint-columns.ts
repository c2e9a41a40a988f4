import type { EndpointSpec } from './endpoint-spec';

/** Returns the names of all columns, params and outputs of an endpoint. */
export function namesOf({ requestColumns, servedEntities }: EndpointSpec): Set<string> {
  const ofEntities = servedEntities.flatMap((entity) => {
    const { lookups, functions } = entity.features;
    const features = [...lookups.flatMap((lookup) => lookup.features.map(({ column }) => column)), ...functions];
    if (entity.kind === 'features') return features;
    const { params = [], outputs, routine } = entity.model;
    return [...features, ...params, ...outputs, ...(routine?.postprocess?.outputs ?? [])];
  });
  return new Set([...requestColumns, ...ofEntities].map(({ name }) => name));
}
