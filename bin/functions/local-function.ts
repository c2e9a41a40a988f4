import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bindings, BINDINGS_VARIABLE, ENDPOINT_SPEC_FILE, type EndpointSpec } from '../../lib/contract/endpoint-spec';
import type { ModelCopies } from '../app/cloud-assembly';

/** A Lambda function as it runs on this machine. */
export interface LocalFunction {
  /** The display name of the stack that declares the function. */
  readonly stack: string;
  readonly name: string;
  readonly arn: string;
  readonly region: string;
  /** The folder of its code. */
  readonly folder: string;
  /** The handler in Lambda's form: `index.handler`. */
  readonly handler: string;
  /** In MiB. */
  readonly memorySize: number;
  readonly timeoutSeconds: number;
  readonly environment: { readonly [name: string]: string };
  /** The folders of its layers. */
  readonly layers: readonly string[];
  /** The name of the endpoint that the function serves; absent for a function that is not made by this library. */
  readonly endpointName?: string;
  /** Local copies of the function's models in S3, by hash, relative to the app's folder; absent if it has none. */
  readonly modelCopies?: ModelCopies;
}

/** An endpoint, and the physical names of its tables and buckets. */
export interface ServedEndpoint {
  readonly spec: EndpointSpec;
  readonly bindings: Bindings;
}

/** Reads what a serving function serves; undefined for other functions. */
export function servedBy({ folder, environment }: LocalFunction): ServedEndpoint | undefined {
  const file = join(folder, ENDPOINT_SPEC_FILE);
  const bindings = environment[BINDINGS_VARIABLE];
  if (bindings === undefined || !existsSync(file)) return undefined;
  return { spec: JSON.parse(readFileSync(file, 'utf8')) as EndpointSpec, bindings: JSON.parse(bindings) as Bindings };
}
