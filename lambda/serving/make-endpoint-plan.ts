import type { Bindings, EndpointSpec } from '../../lib/contract/endpoint-spec';
import type { LoadModule } from './compile-function';
import { planInference } from './inference-plan';
import { makePlan } from './make-plan';
import { checkVersion, planReading } from './make-reading-plan';
import { planTraffic } from './make-traffic-plan';
import type { EndpointPlan } from './plan';

/**
 * Interprets an endpoint spec, once at start-up.
 * @throws Error if this release does not know the spec's version, and what {@link makePlan} throws
 */
export function makeEndpointPlan(spec: EndpointSpec, bindings: Bindings, loadModule: LoadModule): EndpointPlan {
  checkVersion(spec);
  const entities = spec.servedEntities.map((entity) => makePlan(spec, entity, bindings, loadModule));
  return {
    endpointName: spec.endpointName,
    ...planReading(spec, entities),
    entities,
    traffic: planTraffic(spec, entities),
    inference: planInference(spec, entities),
  };
}
