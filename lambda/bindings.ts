import { type Bindings, BINDINGS_VARIABLE } from '../lib/contract/endpoint-spec';
import type { Environment } from './aws/credentials';

/** The physical names that a function's environment has for logical ones. */
export function bindingsOf(env: Environment): Bindings {
  const text = env[BINDINGS_VARIABLE];
  return text === undefined ? { tables: {} } : (JSON.parse(text) as Bindings);
}
