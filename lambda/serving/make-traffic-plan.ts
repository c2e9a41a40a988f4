import type { EndpointSpec, RequestColumnSpec } from '../../lib/contract/endpoint-spec';
import { type StickyTrafficSpec, type TrafficWeights } from '../../lib/contract/traffic-spec';
import { InvalidKey, keyEncoder } from '../online/key';
import type { Plan } from './plan';
import { type Arm, armOf } from './rendezvous';
import type { AssignedRequest, Assignment, AssignmentReason, TrafficPlan } from './endpoint-plan';

/** Makes the assignment to an entity, which may be disabled. */
type AssignTo = (servedEntity: string | undefined, reason: AssignmentReason) => Assignment;

/** Plans which entity answers which record. @throws Error if the spec has several entities and no traffic */
export function planTraffic(spec: EndpointSpec, entities: readonly Plan[]): TrafficPlan {
  const { servedEntities, disabledEntities = [], aliases = {} } = spec;
  const plans = new Map(entities.map((entity) => [entity.entityName, entity]));
  const assignTo: AssignTo = (entityName, reason) => ({ entityName, entity: plans.get(entityName ?? ''), reason });
  const names = new Map([...servedEntities.map(({ name }) => name), ...disabledEntities].map((name) => [name, name]));
  for (const [alias, name] of Object.entries(aliases)) names.set(alias, name);
  return {
    named: new Map(Array.from(names, ([called, name]) => [called, assignTo(name, 'named')])),
    ...planUnnamed(spec, assignTo),
  };
}

type UnnamedPlan = Omit<TrafficPlan, 'named'>;

function planUnnamed(spec: EndpointSpec, assignTo: AssignTo): UnnamedPlan {
  const { servedEntities, disabledEntities = [], traffic } = spec;
  if (traffic === undefined) {
    const names = [...servedEntities.map(({ name }) => name), ...disabledEntities];
    if (names.length !== 1) throw new Error(`endpoint spec: expected one served entity where there is no traffic, got: ${names.length}`);
    return always(assignTo(names[0], 'all'));
  }
  if (traffic.kind === 'all') return always(assignTo(traffic.servedEntity, 'all'));
  const arms = armsOf(traffic.weights, disabledEntities);
  if (arms.length === 0) return always(assignTo(undefined, 'all'));
  return {
    all: undefined,
    first: assignTo(arms[0]!.name, 'all').entity,
    assign: traffic.kind === 'random' ? drawer(arms, 'random', assignTo) : sticky(spec, traffic, arms, assignTo),
  };
}

function always(assignment: Assignment): UnnamedPlan {
  return { all: assignment, first: assignment.entity, assign: () => assignment };
}

/** The entities that answer requests without a name. */
function armsOf(weights: TrafficWeights, disabled: readonly string[]): Arm[] {
  return Object.entries(weights)
    .filter(([name, weight]) => weight > 0 && !disabled.includes(name))
    .map(([name, weight]) => ({ name, weight }));
}

function drawer(arms: readonly Arm[], reason: AssignmentReason, assignTo: AssignTo): TrafficPlan['assign'] {
  const assignments = arms.map(({ name }) => assignTo(name, reason));
  const whole = arms.reduce((sum, { weight }) => sum + weight, 0);
  return ({ random }) => {
    let left = random() * whole;
    const drawn = arms.findIndex(({ weight }) => (left -= weight) < 0);
    // because of rounding, the shares may sum to less than 1: then the last arm answers
    return assignments.at(drawn)!;
  };
}

function sticky(spec: EndpointSpec, traffic: StickyTrafficSpec, arms: readonly Arm[], assignTo: AssignTo): TrafficPlan['assign'] {
  const { salt, forced = {} } = traffic;
  const keyOf = keyReader(traffic.key, spec.requestColumns);
  const drawWithoutKey = drawer(arms, 'no_key', assignTo);
  const forcedKeys = new Map(
    Object.entries(forced).flatMap(([name, keys]) => keys.map((key) => [key, { ...assignTo(name, 'forced'), key }] as const)),
  );
  return (request, row) => {
    const key = keyOf(request, row);
    if (key === undefined) return drawWithoutKey(request, row);
    const found = forcedKeys.get(key);
    if (found !== undefined) return found;
    return { ...assignTo(armOf(arms, salt, key).name, 'sticky'), key };
  };
}

/** Makes the reader of a record's key, which returns undefined if the value is missing or cannot be a key. */
function keyReader(
  key: StickyTrafficSpec['key'],
  requestColumns: readonly RequestColumnSpec[],
): (request: AssignedRequest, row: number) => string | undefined {
  if ('header' in key) return ({ headers }) => headers[key.header] || undefined;
  const cells = key.columns.map((name) => requestColumns.findIndex((column) => column.name === name));
  const encode = keyEncoder(cells.map((cell) => requestColumns[cell]!));
  return ({ sent }, row) => {
    const parts = cells.map((cell) => sent.columns[cell]!.values[row]);
    if (parts.includes(null)) return undefined;
    try {
      return encode(parts);
    } catch (error) {
      if (error instanceof InvalidKey) return undefined;
      throw error;
    }
  };
}
