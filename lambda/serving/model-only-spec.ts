import type { EndpointSpec } from '../../lib/contract/endpoint-spec';
import type { ModelOnly } from '../../lib/contract/rollout-document';

/** The spec of an endpoint that serves one of the models by itself. @throws Error if it does not serve it */
export function modelOnlySpec(
  { specVersion, endpointName, servedEntities }: EndpointSpec,
  { servedEntity, requestColumns, features }: ModelOnly,
): EndpointSpec {
  const entity = servedEntities.find(({ name }) => name === servedEntity);
  if (entity?.kind !== 'model') throw new Error(`expected a model that the endpoint serves, got: '${servedEntity}'`);
  return { specVersion, endpointName, tables: [], requestColumns, servedEntities: [{ ...entity, features }] };
}
