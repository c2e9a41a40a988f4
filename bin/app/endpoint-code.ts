import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ENDPOINT_SPEC_FILE, type EndpointSpec } from '../../lib/contract/endpoint-spec';
import { type CloudAssembly, endpointNameOf, type Resource, type Stack } from './cloud-assembly';
import { UserError } from '../terminal/user-error';

/** An endpoint of an app, and the code that serves it. */
export interface AppEndpoint {
  readonly stack: Stack;
  /** The serving function. */
  readonly logicalId: string;
  readonly resource: Resource;
  /** The folder of its code. */
  readonly folder: string;
  readonly spec: EndpointSpec;
}

/**
 * The endpoints of an app, in the order of the templates.
 * @throws UserError where the code of a serving function is no folder of the assembly
 */
export function endpointsOf({ stacks }: CloudAssembly): AppEndpoint[] {
  return stacks.flatMap((stack) =>
    Object.entries(stack.template.Resources ?? {}).flatMap(([logicalId, resource]) => {
      const endpointName = endpointNameOf(resource);
      if (endpointName === undefined) return [];
      const folder = codeOf(stack, resource);
      if (folder === undefined) {
        const place = `${stack.displayName}/${endpointName}`;
        throw new UserError(`${place}: expected the code of the function ${logicalId} in the cloud assembly, got: none`);
      }
      const spec = JSON.parse(readFileSync(join(folder, ENDPOINT_SPEC_FILE), 'utf8')) as EndpointSpec;
      return [{ stack, logicalId, resource, folder, spec }];
    }),
  );
}

function codeOf(stack: Stack, { Properties }: Resource): string | undefined {
  const { S3Key } = (Properties?.Code ?? {}) as { S3Key?: unknown };
  const folder = typeof S3Key === 'string' ? stack.assets.get(S3Key) : undefined;
  return statSync(folder ?? '', { throwIfNoEntry: false })?.isDirectory() ? folder : undefined;
}
