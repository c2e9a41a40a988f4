import { resolveEntity, type ResolvedEntity } from './check-entity';
import { type ModelSpec } from './endpoint-spec';

/** A model version served by itself: the request sends all of its columns. */
export function modelOnlyEntity(model: ModelSpec): ResolvedEntity {
  const features = { requestColumns: [], lookups: [], functions: [], exclude: [] };
  return resolveEntity({ features, declaredRequestColumns: [], overridable: [], tables: [], model }, () => undefined);
}
