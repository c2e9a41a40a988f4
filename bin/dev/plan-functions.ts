import { existsSync, statSync } from 'node:fs';
import type { JsonValue } from '../../lib/contract/data-types';
import { endpointNameOf, modelCopiesOf, type Resource, type Stack } from '../app/cloud-assembly';
import type { LocalFunction } from '../functions/local-function';
import type { AppResources } from './app-resources';
import { environmentOf, Unresolved } from './resolve';

/** Plans the functions with these names. */
export function planFunctions(resources: AppResources, names: ReadonlySet<string>): LocalFunction[] {
  const layers = new Map(
    resources.map(['AWS::Lambda::LayerVersion'], (stack, logicalId, resource) => {
      const folder = assetFolder(resources, stack, resource.Properties?.Content);
      return folder === undefined ? undefined : ([resources.ref(stack, logicalId, resource), folder] as const);
    }),
  );
  return resources.map(['AWS::Lambda::Function'], (stack, logicalId, resource) =>
    names.has(resources.ref(stack, logicalId, resource)) ? planFunction(resources, stack, logicalId, resource, layers) : undefined,
  );
}

function planFunction(
  resources: AppResources,
  stack: Stack,
  logicalId: string,
  resource: Resource,
  layers: ReadonlyMap<string, string>,
): LocalFunction | undefined {
  const { Runtime, Code, Handler, MemorySize, Timeout, Layers = [] } = resource.Properties ?? {};
  if (typeof Runtime !== 'string' || !Runtime.startsWith('nodejs')) {
    return resources.leaveOut(stack, logicalId, `a function for ${typeof Runtime === 'string' ? Runtime : 'a container image'}`);
  }
  const folder = assetFolder(resources, stack, Code);
  if (folder === undefined) return resources.leaveOut(stack, logicalId, 'a function whose code is not a folder of the app');
  return {
    stack: stack.displayName,
    name: resources.ref(stack, logicalId, resource),
    arn: resources.names.attribute(stack, logicalId, resource, 'Arn')!,
    region: environmentOf(stack).region,
    folder,
    handler: resources.text(stack, Handler),
    memorySize: Number(MemorySize ?? 128),
    timeoutSeconds: Number(Timeout ?? 3),
    environment: planEnvironment(resources, stack, logicalId, resource),
    layers: (Layers as JsonValue[]).flatMap((layer) => layers.get(resources.textIfKnown(stack, layer) ?? '') ?? []),
    endpointName: endpointNameOf(resource),
    modelCopies: modelCopiesOf(resource),
  };
}

function planEnvironment(resources: AppResources, stack: Stack, logicalId: string, { Properties }: Resource): Record<string, string> {
  const { Variables = {} } = (Properties?.Environment ?? {}) as { Variables?: { [name: string]: JsonValue } };
  const entries = Object.entries(Variables).flatMap(([name, value]): [string, string][] => {
    try {
      return [[name, resources.text(stack, value)]];
    } catch (error) {
      if (!(error instanceof Unresolved)) throw error;
      resources.leaveOut(stack, logicalId, `the variable ${name}: ${error.message}`);
      return [];
    }
  });
  return Object.fromEntries(entries);
}

function assetFolder(resources: AppResources, stack: Stack, code: JsonValue | undefined): string | undefined {
  const { S3Key } = (code ?? {}) as { S3Key?: JsonValue };
  const path = S3Key === undefined ? undefined : stack.assets.get(resources.textIfKnown(stack, S3Key) ?? '');
  return path !== undefined && existsSync(path) && statSync(path).isDirectory() ? path : undefined;
}
