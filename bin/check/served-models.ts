import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ENDPOINT_SPEC_FILE, type EndpointSpec, type ModelSpec } from '../../lib/spec/endpoint-spec';
import type { ModelCases } from '../../lib/spec/model-cases';
import { type CloudAssembly, endpointNameOf, type ModelCopies, modelCopiesOf, type Resource, type Stack } from '../cloud-assembly';
import { UserError } from '../user-error';

/** A model version that an app serves. */
export interface ServedModel {
  /** `<stack>/<endpoint>`. */
  readonly endpoint: string;
  readonly servedEntity: string;
  readonly model: ModelSpec;
  /** The folder of the function's code. */
  readonly folder: string;
  /** Copies of models that lie in S3, by hash, relative to the app's folder. */
  readonly copies?: ModelCopies;
  /** Absent where the version was given none. */
  readonly cases?: ModelCases;
}

/**
 * The model versions that the serving functions of an app serve, in the order of the templates.
 * @throws UserError where the code of a serving function is no folder of the assembly
 */
export function servedModels({ stacks }: CloudAssembly): ServedModel[] {
  return stacks.flatMap((stack) =>
    Object.entries(stack.template.Resources ?? {}).flatMap(([logicalId, resource]) => {
      const endpointName = endpointNameOf(resource);
      return endpointName === undefined ? [] : modelsOf(stack, logicalId, resource, `${stack.displayName}/${endpointName}`);
    }),
  );
}

function modelsOf(stack: Stack, logicalId: string, resource: Resource, endpoint: string): ServedModel[] {
  const folder = codeOf(stack, resource);
  if (folder === undefined)
    throw new UserError(`${endpoint}: expected the code of the function ${logicalId} in the cloud assembly, got: none`);
  const spec = JSON.parse(readFileSync(join(folder, ENDPOINT_SPEC_FILE), 'utf8')) as EndpointSpec;
  const noted = stack.cases.get(logicalId) ?? [];
  return spec.servedEntities.flatMap((entity) => {
    if (entity.kind !== 'model') return [];
    const file = noted.find(({ servedEntity }) => servedEntity === entity.name)?.file;
    const cases = file === undefined ? undefined : (JSON.parse(readFileSync(file, 'utf8')) as ModelCases);
    return [{ endpoint, servedEntity: entity.name, model: entity.model, folder, copies: modelCopiesOf(resource), ...(cases && { cases }) }];
  });
}

function codeOf(stack: Stack, { Properties }: Resource): string | undefined {
  const { S3Key } = (Properties?.Code ?? {}) as { S3Key?: unknown };
  const folder = typeof S3Key === 'string' ? stack.assets.get(S3Key) : undefined;
  return statSync(folder ?? '', { throwIfNoEntry: false })?.isDirectory() ? folder : undefined;
}
