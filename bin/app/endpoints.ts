import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { LoadModule } from '../../lambda/serving/compile-function';
import type { Plan } from '../../lambda/serving/plan';
import { type Bindings, ENDPOINT_SPEC_FILE, type EndpointSpec, type ServedEntitySpec } from '../../lib/contract/endpoint-spec';
import { UserError } from '../terminal/user-error';
import { type CloudAssembly, endpointNameOf, featureTablesOf, type Resource, type Stack, type StackFeatureTable } from './cloud-assembly';
import { qualifiedName } from './find-table';

/** An endpoint of an app, and the code that serves it. */
export interface AppEndpoint {
  readonly stack: Stack;
  /** The logical id of the serving function. */
  readonly logicalId: string;
  readonly resource: Resource;
  /** The folder of the function's code. */
  readonly folder: string;
  readonly spec: EndpointSpec;
}

/**
 * Lists the endpoints of an app, in the order of the templates.
 * @throws UserError if the code of a serving function is not a folder of the assembly
 */
export function endpointsOf({ stacks }: CloudAssembly): AppEndpoint[] {
  return stacks.flatMap((stack) =>
    Object.entries(stack.template.Resources ?? {}).flatMap(([logicalId, resource]) => {
      const endpointName = endpointNameOf(resource);
      if (endpointName === undefined) return [];
      const folder = codeFolder(stack, resource);
      if (folder === undefined) {
        const path = `${stack.displayName}/${endpointName}`;
        throw new UserError(`${path}: expected the code of the function ${logicalId} in the cloud assembly, got: none`);
      }
      const spec = JSON.parse(readFileSync(join(folder, ENDPOINT_SPEC_FILE), 'utf8')) as EndpointSpec;
      return [{ stack, logicalId, resource, folder, spec }];
    }),
  );
}

/**
 * Finds the served entity with a name: `endpoint` or `endpoint/entity`, with `Stack/` before it if several stacks have the endpoint.
 * @param areAlike whether another entity of an endpoint may be replaced by the first one; by default the name must match exactly one entity
 * @returns the endpoint, with this served entity as the only one in its spec
 * @throws UserError if no served entity has the name, or more than one
 */
export function findEntity(
  assembly: CloudAssembly,
  name: string,
  areAlike: (first: AppEndpoint, other: AppEndpoint) => boolean = () => false,
): AppEndpoint {
  const all = endpointsOf(assembly).flatMap((endpoint) =>
    endpoint.spec.servedEntities.map((entity) => ({ ...endpoint, spec: withOneEntity(endpoint.spec, entity) })),
  );
  const found = all.filter((entity) => entityNames(entity).includes(name));
  const [first, ...others] = found;
  if (first !== undefined && others.every((other) => other.folder === first.folder && areAlike(first, other))) return first;
  const listed = (found.length === 0 ? all : found).map((entity) => entityNames(entity).at(-1)!);
  const got =
    found.length > 0 ? `which is ${listed.join(' and ')}` : `but the app has ${listed.length === 0 ? 'no endpoint' : listed.join(', ')}`;
  throw new UserError(`expected the name of one served entity, <endpoint> or <endpoint>/<entity>, got: ${name}, ${got}`);
}

/** Finds the endpoint with a name whose served entities share the traffic; undefined if there is none, or more than one. */
export function findSplit(assembly: CloudAssembly, name: string): AppEndpoint | undefined {
  const found = endpointsOf(assembly).filter(({ stack, spec: { endpointName, servedEntities, disabledEntities = [], traffic } }) => {
    const isShared = traffic !== undefined && servedEntities.length > 0 && servedEntities.length + disabledEntities.length > 1;
    return isShared && [endpointName, `${stack.displayName}/${endpointName}`].includes(name);
  });
  return found.length === 1 ? found[0] : undefined;
}

/** The spec of an endpoint with one of its served entities, which gets all of the traffic. */
export function withOneEntity(spec: EndpointSpec, entity: ServedEntitySpec): EndpointSpec {
  return { ...spec, servedEntities: [entity], disabledEntities: undefined, traffic: undefined };
}

/**
 * Finds the app's feature tables that a plan looks up, each once, in the order of the lookups.
 * @throws UserError if the app has no table with a looked-up name, or several
 */
export function lookedUpTables(assembly: CloudAssembly, endpoint: AppEndpoint, { rounds }: Pick<Plan, 'rounds'>): StackFeatureTable[] {
  const names = new Set(rounds.flatMap(({ tables }) => tables.map(({ spec }) => spec.name)));
  return [...names].map((name) => tableOfEndpoint(assembly, endpoint, name));
}

/** Bindings under which a plan knows each table by its logical name. */
export function logicalBindings({ tables }: EndpointSpec): Bindings {
  return { tables: Object.fromEntries(tables.map(({ name }) => [name, name])) };
}

/** Loads modules of an endpoint's code, such as feature functions, as the serving function does. */
export function moduleLoader(folder: string): LoadModule {
  const loadFile = createRequire(join(folder, ENDPOINT_SPEC_FILE));
  return (file) => loadFile(join(folder, file)) as unknown;
}

/** The table of the endpoint's own stack, else the only one of the app. */
function tableOfEndpoint(assembly: CloudAssembly, { stack, spec }: AppEndpoint, name: string): StackFeatureTable {
  const named = featureTablesOf(assembly).filter((table) => table.spec.name === name);
  const inStack = named.filter((table) => table.stack === stack);
  const found = inStack.length > 0 ? inStack : named;
  if (found.length === 1) return found[0]!;
  const got = found.length === 0 ? 'a table that another app makes' : found.map(qualifiedName).join(' and ');
  throw new UserError(`${spec.endpointName}: expected one feature table '${name}' that the app makes, got: ${got}`);
}

/** The names of an entity, the shortest first. */
function entityNames({ stack: { displayName }, spec: { endpointName, servedEntities } }: AppEndpoint): string[] {
  const names = [endpointName, `${endpointName}/${servedEntities[0]!.name}`];
  return [...names, ...names.map((name) => `${displayName}/${name}`)];
}

function codeFolder(stack: Stack, { Properties }: Resource): string | undefined {
  const { S3Key } = (Properties?.Code ?? {}) as { S3Key?: unknown };
  const folder = typeof S3Key === 'string' ? stack.assets.get(S3Key) : undefined;
  return statSync(folder ?? '', { throwIfNoEntry: false })?.isDirectory() ? folder : undefined;
}
