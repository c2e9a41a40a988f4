import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bindings, BINDINGS_VARIABLE, ENDPOINT_SPEC_FILE, type EndpointSpec } from '../../lib/contract/endpoint-spec';
import type { LocalFunction } from './plan';

/** An endpoint, and the names of what it uses. */
export interface ServedEndpoint {
  readonly spec: EndpointSpec;
  readonly bindings: Bindings;
}

/** What a function of this library serves; undefined of other functions. */
export function servedBy({ folder, environment }: LocalFunction): ServedEndpoint | undefined {
  const file = join(folder, ENDPOINT_SPEC_FILE);
  const bindings = environment[BINDINGS_VARIABLE];
  if (bindings === undefined || !existsSync(file)) return undefined;
  return { spec: JSON.parse(readFileSync(file, 'utf8')) as EndpointSpec, bindings: JSON.parse(bindings) as Bindings };
}
