import { type EndpointSpec, type ServedEntitySpec, SPEC_VERSION } from '../../lib/contract/endpoint-spec';
import { requestParams } from '../../lib/contract/params';
import { versionColumns } from '../../lib/contract/version-columns';
import { INT64, UINT64, valueReader } from '../protocols/read-value';
import { requestColumns } from '../protocols/records';
import type { Plan, ReadingPlan, RequestPlan } from './plan';

/** @throws Error if this release does not know the spec's version */
export function checkVersion({ specVersion }: EndpointSpec): void {
  if (specVersion !== SPEC_VERSION) throw new Error(`endpoint spec: expected specVersion ${SPEC_VERSION}, got: ${String(specVersion)}`);
}

/** Plans how requests are read for these entities of the spec. */
export function planReading(spec: EndpointSpec, entities: readonly Pick<Plan, 'sent'>[]): ReadingPlan {
  return {
    request: planRequest(spec, entities),
    params: requestParams(spec).map(({ name, type }) => ({ name, read: valueReader(type) })),
  };
}

function planRequest(spec: EndpointSpec, entities: readonly Pick<Plan, 'sent'>[]): RequestPlan {
  const { requestColumns: sent, servedEntities, traffic } = spec;
  const lookedUp = servedEntities.flatMap(({ features }) => features.lookups).flatMap(({ features }) => features);
  const isSent = (name: string): boolean => sent.some((column) => column.name === name);
  const keys = traffic?.kind === 'sticky' && 'columns' in traffic.key ? traffic.key.columns : [];
  return {
    columns: requestColumns(sent),
    lookedUp: new Set(lookedUp.map(({ column }) => column.name).filter((name) => !isSent(name))),
    needed: sent.flatMap(({ name, type }, cell) => {
      const uses = entities.flatMap((entity) => entity.sent.filter((column) => column.cell === cell));
      if (uses.length === 0 && !keys.includes(name)) return [];
      const required = uses.find((use) => use.required !== undefined)?.required;
      return [{ name, cell, read: valueReader(type, isUint64(name, servedEntities) ? UINT64 : INT64), required }];
    }),
  };
}

/** Whether all models that use a column feed it to a uint64 tensor: then values from 2^63 on are accepted. */
function isUint64(column: string, entities: readonly ServedEntitySpec[]): boolean {
  const uses = entities
    .flatMap((entity) => (entity.kind === 'model' ? versionColumns(entity.model) : []))
    .filter((use) => use.column.name === column);
  return uses.length > 0 && uses.every(({ input }) => input?.type === 'uint64');
}
