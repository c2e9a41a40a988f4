import { type Bindings, BINDINGS_VARIABLE } from '../lib/contract/endpoint-spec';

/** The physical names by logical name, from the environment of a function. */
export function bindingsOf(env: { readonly [name: string]: string | undefined }): Bindings {
  const text = env[BINDINGS_VARIABLE];
  return text === undefined ? { tables: {} } : (JSON.parse(text) as Bindings);
}
