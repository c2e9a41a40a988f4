import { readFileSync } from 'node:fs';
import type { ModelSpec } from '../../lib/contract/endpoint-spec';
import type { ModelCases } from '../../lib/contract/model-cases';
import { type CloudAssembly, type ModelCopies, modelCopiesOf } from './cloud-assembly';
import { type AppEndpoint, endpointsOf } from './endpoints';

/** A model version that an app serves. */
export interface ServedModel {
  /** `<stack>/<endpoint>`. */
  readonly endpoint: string;
  readonly servedEntity: string;
  readonly model: ModelSpec;
  /** The folder of the function's code. */
  readonly folder: string;
  /** Local copies of models in S3, by hash, relative to the app's folder. */
  readonly copies?: ModelCopies;
  /** Absent for a version without cases. */
  readonly cases?: ModelCases;
}

/**
 * Lists the model versions that an app serves, in the order of the templates.
 * @throws UserError if the code of a serving function is not a folder of the assembly
 */
export function servedModels(assembly: CloudAssembly): ServedModel[] {
  return endpointsOf(assembly).flatMap(modelsOf);
}

/** Lists the model versions that an endpoint serves. */
export function modelsOf({ stack, logicalId, resource, folder, spec }: AppEndpoint): ServedModel[] {
  const endpoint = `${stack.displayName}/${spec.endpointName}`;
  const casesOfFunction = stack.cases.get(logicalId) ?? [];
  return spec.servedEntities.flatMap((entity) => {
    if (entity.kind !== 'model') return [];
    const file = casesOfFunction.find(({ servedEntity }) => servedEntity === entity.name)?.file;
    const cases = file === undefined ? undefined : (JSON.parse(readFileSync(file, 'utf8')) as ModelCases);
    return [{ endpoint, servedEntity: entity.name, model: entity.model, folder, copies: modelCopiesOf(resource), ...(cases && { cases }) }];
  });
}
