import type { CloudAssembly } from './cloud-assembly';
import { UserError } from '../terminal/user-error';
import { type AppEndpoint, endpointsOf } from './endpoint-code';

/**
 * The served entity that a user names: `endpoint` or `endpoint/entity`, with `Stack/` before it where several stacks have the endpoint.
 * @returns the endpoint, its spec with this served entity alone
 * @throws UserError when there is none, or more than one
 */
export function findEntity(assembly: CloudAssembly, name: string): AppEndpoint {
  const all = endpointsOf(assembly).flatMap((endpoint) =>
    endpoint.spec.servedEntities.map((entity) => ({
      ...endpoint,
      // what decides which entity answers is not asked
      spec: { ...endpoint.spec, servedEntities: [entity], disabledEntities: undefined, traffic: undefined },
    })),
  );
  const found = all.filter((entity) => namesOf(entity).includes(name));
  if (found.length === 1) return found[0]!;
  const listed = (found.length === 0 ? all : found).map((entity) => namesOf(entity).at(-1)!);
  const got =
    found.length > 0 ? `which is ${listed.join(' and ')}` : `but the app has ${listed.length === 0 ? 'no endpoint' : listed.join(', ')}`;
  throw new UserError(`expected the name of one served entity, <endpoint> or <endpoint>/<entity>, got: ${name}, ${got}`);
}

/** The ways to name an entity; the last says all of it. */
function namesOf({ stack: { displayName }, spec: { endpointName, servedEntities } }: AppEndpoint): string[] {
  const names = [endpointName, `${endpointName}/${servedEntities[0]!.name}`];
  return [...names, ...names.map((name) => `${displayName}/${name}`)];
}
